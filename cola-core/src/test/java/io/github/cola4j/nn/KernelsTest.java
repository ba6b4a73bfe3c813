package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cpu.CpuKernels;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernels;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every backward of the portable kernels against central differences in float64, and every CPU
 * kernel against the portable one.
 */
class KernelsTest {
  private static final double GRADIENT = 1e-7;
  private static final double PARITY = 2e-6;

  private final Kernels portable = new Nd4jKernels();
  private final Kernels cpu = new CpuKernels();
  private final Random random = new Random(7);

  private Twin twin(int rows, int columns) {
    return Twin.random(rows, columns, random);
  }

  private static Matrix like(Matrix m) {
    return Matrix.zeros(m.type(), m.rows(), m.columns());
  }

  @Test
  void theCpuKernelsAreTheOnesUsedHere() {
    assertThat(Kernels.forThread(DataType.FLOAT)).isInstanceOf(CpuKernels.class);
    assertThat(Kernels.forThread(DataType.DOUBLE)).isInstanceOf(Nd4jKernels.class);
  }

  @Test
  void gemmOfRangesOfRowsAndColumnsEqualsAPlainLoop() {
    for (boolean ta : new boolean[] {false, true}) {
      for (boolean tb : new boolean[] {false, true}) {
        for (double beta : new double[] {0, 0.5}) {
          Twin a = twin(9, 9);
          Twin b = twin(9, 9);
          Twin c = twin(12, 9);
          double[] expected = c.wide().rows(2, 7).columns(1, 5).toDoubles();
          double[] x = a.wide().rows(1, ta ? 4 : 6).columns(0, ta ? 5 : 3).toDoubles();
          double[] y = b.wide().rows(3, tb ? 7 : 6).columns(2, tb ? 5 : 6).toDoubles();
          for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 4; j++) {
              double sum = 0;
              for (int l = 0; l < 3; l++) {
                sum += (ta ? x[i * 3 + l] : x[l * 5 + i]) * (tb ? y[l * 4 + j] : y[j * 3 + l]);
              }
              expected[j * 5 + i] = 2 * sum + beta * expected[j * 5 + i];
            }
          }
          for (boolean narrow : new boolean[] {false, true}) {
            Matrix target = narrow ? c.narrow() : c.wide();
            double[] before = target.toDoubles();
            (narrow ? cpu : portable)
                .gemm(
                    2,
                    (narrow ? a.narrow() : a.wide()).rows(1, ta ? 4 : 6).columns(0, ta ? 5 : 3),
                    ta,
                    (narrow ? b.narrow() : b.wide()).rows(3, tb ? 7 : 6).columns(2, tb ? 5 : 6),
                    tb,
                    beta,
                    target.rows(2, 7).columns(1, 5));
            double[] after = target.toDoubles();
            assertThat(Matrices.distance(target.rows(2, 7).columns(1, 5).toDoubles(), expected))
                .isLessThan(narrow ? PARITY : 1e-14);
            for (int i = 0; i < after.length; i++) {
              int row = i % 12;
              int column = i / 12;
              if (row < 2 || row >= 7 || column < 1 || column >= 5) {
                assertThat(after[i]).as("outside the range").isEqualTo(before[i]);
              }
            }
          }
        }
      }
    }
  }

  @Test
  void gemmRefusesShapesThatDoNotFit() {
    Matrix a = Matrix.zeros(DataType.FLOAT, 2, 3);
    Matrix b = Matrix.zeros(DataType.FLOAT, 2, 3);
    assertThatThrownBy(() -> cpu.gemm(1, a, false, b, false, 0, a))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 × 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 24, 384})
  void layerNorm(int rows) {
    Twin x = twin(rows, 4);
    Twin gain = twin(rows, 1);
    Twin shift = twin(rows, 1);
    Twin dY = twin(rows, 4);
    Matrix y = like(x.wide());
    Matrix stats = Matrix.zeros(DataType.DOUBLE, 2, 4);
    Matrix dX = like(x.wide());
    portable.layerNorm(x.wide(), gain.wide(), shift.wide(), 1e-3, y, stats);
    portable.layerNormBackward(x.wide(), gain.wide(), stats, dY.wide(), dX);
    if (rows < 50) {
      double[] expected =
          Matrices.differences(
              x.wide(),
              () -> {
                Matrix out = like(y);
                portable.layerNorm(x.wide(), gain.wide(), shift.wide(), 1e-3, out, like(stats));
                return Matrices.dot(out, dY.wide());
              });
      assertThat(absolute(dX.toDoubles(), expected)).isLessThan(GRADIENT * 100);
    }
    Matrix fast = like(x.narrow());
    Matrix fastStats = Matrix.zeros(DataType.FLOAT, 2, 4);
    Matrix fastX = like(x.narrow());
    cpu.layerNorm(x.narrow(), gain.narrow(), shift.narrow(), 1e-3, fast, fastStats);
    cpu.layerNormBackward(x.narrow(), gain.narrow(), fastStats, dY.narrow(), fastX);
    assertThat(Matrices.distance(fast, y)).isLessThan(PARITY);
    assertThat(absolute(fastX.toDoubles(), dX.toDoubles())).isLessThan(1e-5);
  }

  private static double absolute(double[] actual, double[] expected) {
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    }
    return difference;
  }

  @Test
  void gelu() {
    Twin x = twin(37, 3);
    x.wide().array().muli(3);
    x.narrow().array().muli(3);
    Twin dY = twin(37, 3);
    Matrix y = like(x.wide());
    Matrix dX = like(x.wide());
    portable.gelu(x.wide(), y);
    portable.geluBackward(x.wide(), dY.wide(), dX);
    double[] expected =
        Matrices.differences(
            x.wide(),
            () -> {
              Matrix out = like(y);
              portable.gelu(x.wide(), out);
              return Matrices.dot(out, dY.wide());
            });
    assertThat(Matrices.distance(dX.toDoubles(), expected)).isLessThan(GRADIENT);
    Matrix fast = like(x.narrow());
    Matrix fastX = like(x.narrow());
    cpu.gelu(x.narrow(), fast);
    cpu.geluBackward(x.narrow(), dY.narrow(), fastX);
    assertThat(Matrices.distance(fast, y)).isLessThan(PARITY);
    assertThat(Matrices.distance(fastX, dX)).isLessThan(PARITY);
  }

  @Test
  void attentionOfShortSequences() {
    attention(new int[] {3, 3, 1, 7, 7, 5}, 4, 20, true);
  }

  @Test
  void attentionOfLongSequences() {
    attention(new int[] {300, 128, 17, 127, 129}, 3, 48, false);
  }

  private void attention(int[] lengths, int heads, int rows, boolean differences) {
    TokenBatch batch = Matrices.batch(10, random, lengths);
    int tokens = batch.tokens();
    Twin q = twin(rows, tokens);
    Twin k = twin(rows, tokens);
    Twin v = twin(rows, tokens);
    Twin dO = twin(rows, tokens);
    Matrix o = like(q.wide());
    Matrix logSumExp = Matrix.zeros(DataType.DOUBLE, heads, tokens);
    Matrix[] gradients = {like(q.wide()), like(q.wide()), like(q.wide())};
    portable.attention(q.wide(), k.wide(), v.wide(), heads, batch, o, logSumExp);
    portable.attentionBackward(
        q.wide(),
        k.wide(),
        v.wide(),
        heads,
        batch,
        o,
        logSumExp,
        dO.wide(),
        gradients[0],
        gradients[1],
        gradients[2]);
    assertThat(Matrices.distance(o.toDoubles(), loop(heads, batch, q.wide(), k.wide(), v.wide())))
        .isLessThan(1e-12);
    if (differences) {
      // of the loop, which equals the kernels' output and is a hundred times as quick for so few
      double[] dOut = dO.wide().toDoubles();
      Matrix[] inputs = {q.wide(), k.wide(), v.wide()};
      for (int i = 0; i < 3; i++) {
        double[] expected =
            Matrices.differences(
                inputs[i],
                () -> {
                  double[] out = loop(heads, batch, q.wide(), k.wide(), v.wide());
                  return IntStream.range(0, out.length).mapToDouble(e -> out[e] * dOut[e]).sum();
                });
        assertThat(Matrices.distance(gradients[i].toDoubles(), expected)).isLessThan(GRADIENT);
      }
    }
    Matrix fast = like(q.narrow());
    Matrix fastSum = Matrix.zeros(DataType.FLOAT, heads, tokens);
    Matrix[] fastGradients = {like(q.narrow()), like(q.narrow()), like(q.narrow())};
    cpu.attention(q.narrow(), k.narrow(), v.narrow(), heads, batch, fast, fastSum);
    cpu.attentionBackward(
        q.narrow(),
        k.narrow(),
        v.narrow(),
        heads,
        batch,
        fast,
        fastSum,
        dO.narrow(),
        fastGradients[0],
        fastGradients[1],
        fastGradients[2]);
    assertThat(Matrices.distance(fast, o)).isLessThan(PARITY);
    assertThat(Matrices.distance(fastSum, logSumExp)).isLessThan(PARITY);
    for (int i = 0; i < 3; i++) {
      assertThat(Matrices.distance(fastGradients[i], gradients[i])).isLessThan(1e-5);
    }
  }

  /** O by the definition: for every head and query a sum over the keys of its sequence. */
  private static double[] loop(int heads, TokenBatch batch, Matrix q, Matrix k, Matrix v) {
    int rows = q.rows();
    int width = rows / heads;
    double[] queries = q.toDoubles();
    double[] keys = k.toDoubles();
    double[] values = v.toDoubles();
    double[] o = new double[queries.length];
    for (int s = 0; s < batch.sequences(); s++) {
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        for (int from = t * rows; from < (t + 1) * rows; from += width) {
          double total = 0;
          for (int j = batch.starts()[s]; j < batch.starts()[s + 1]; j++) {
            int key = j * rows + from - t * rows;
            double score = 0;
            for (int i = 0; i < width; i++) {
              score += queries[from + i] * keys[key + i];
            }
            double weight = Math.exp(score / Math.sqrt(width));
            total += weight;
            for (int i = 0; i < width; i++) {
              o[from + i] += weight * values[key + i];
            }
          }
          for (int i = 0; i < width; i++) {
            o[from + i] /= total;
          }
        }
      }
    }
    return o;
  }

  @Test
  void meanPool() {
    TokenBatch batch = Matrices.batch(10, random, 3, 1, 5);
    Twin x = twin(6, 9);
    Twin dY = twin(6, 3);
    Matrix y = like(dY.wide());
    Matrix dX = like(x.wide());
    portable.meanPool(x.wide(), batch, y);
    portable.meanPoolBackward(dY.wide(), batch, dX);
    double[] expected =
        Matrices.differences(
            x.wide(),
            () -> {
              Matrix out = like(y);
              portable.meanPool(x.wide(), batch, out);
              return Matrices.dot(out, dY.wide());
            });
    assertThat(Matrices.distance(dX.toDoubles(), expected)).isLessThan(GRADIENT);
    Matrix fast = like(dY.narrow());
    Matrix fastX = like(x.narrow());
    cpu.meanPool(x.narrow(), batch, fast);
    cpu.meanPoolBackward(dY.narrow(), batch, fastX);
    assertThat(Matrices.distance(fast, y)).isLessThan(PARITY);
    assertThat(Matrices.distance(fastX, dX)).isLessThan(PARITY);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 26})
  void crossEntropy(int classes) {
    Twin logits = twin(classes, 3);
    int[] labels = {0, classes - 1, 1};
    Matrix d = like(logits.wide());
    double loss = portable.crossEntropy(logits.wide(), labels, 0.25, d);
    double[] expected =
        Matrices.differences(
            logits.wide(), () -> 0.25 * portable.crossEntropy(logits.wide(), labels, 1, like(d)));
    assertThat(Matrices.distance(d.toDoubles(), expected)).isLessThan(GRADIENT);
    Matrix fast = like(logits.narrow());
    assertThat(cpu.crossEntropy(logits.narrow(), labels, 0.25, fast))
        .isCloseTo(loss, Offset.offset(1e-5));
    assertThat(Matrices.distance(fast, d)).isLessThan(PARITY);
  }

  @Test
  void elementwiseAndGather() {
    Twin x = twin(50, 90);
    Twin m = twin(50, 90);
    Twin column = twin(50, 1);
    int[] index = {3, 3, 0, 49, 7};
    for (boolean narrow : new boolean[] {false, true}) {
      Kernels kernels = narrow ? cpu : portable;
      Matrix a = narrow ? x.narrow() : x.wide();
      Matrix b = narrow ? m.narrow() : m.wide();
      Matrix y = like(a);
      kernels.multiply(a, b, y);
      kernels.add(-2, a, y);
      double[] xs = x.wide().toDoubles();
      double[] ms = m.wide().toDoubles();
      double[] expected = new double[xs.length];
      for (int i = 0; i < xs.length; i++) {
        expected[i] = xs[i] * ms[i] - 2 * xs[i];
      }
      assertThat(Matrices.distance(y.toDoubles(), expected)).isLessThan(PARITY);
      assertThat(kernels.sumOfSquares(y))
          .isCloseTo(Matrices.dot(y, y), Percentage.withPercentage(1e-3));
      Matrix gathered = Matrix.zeros(a.type(), 50, 5);
      kernels.broadcast(narrow ? column.narrow() : column.wide(), gathered);
      kernels.gather(a, index, true, gathered);
      double[] c = column.wide().toDoubles();
      double[] sums = new double[250];
      for (int t = 0; t < 5; t++) {
        for (int i = 0; i < 50; i++) {
          sums[t * 50 + i] = c[i] + xs[index[t] * 50 + i];
        }
      }
      assertThat(Matrices.distance(gathered.toDoubles(), sums)).isLessThan(PARITY);
      kernels.gather(a, index, false, gathered);
      kernels.fill(1, y);
      kernels.copy(gathered, y.columns(0, 5));
      assertThat(Matrices.distance(y.columns(1, 2), x.wide().columns(3, 4))).isLessThan(PARITY);
      assertThat(y.columns(5, 90).toDoubles()).containsOnly(1.0);
    }
  }

  @Test
  void adamWFollowsPyTorchsFormula() {
    Twin theta = twin(3000, 1);
    Twin m = twin(3000, 1);
    Twin v = twin(3000, 1);
    v.wide().array().muli(v.wide().array());
    v.narrow().set(v.wide().toArray());
    Twin g = twin(3000, 1);
    double[] t = theta.wide().toDoubles();
    double m0 = 0.9 * m.wide().toDoubles()[5] + 0.1 * 0.5 * g.wide().toDoubles()[5];
    double v0 =
        0.999 * v.wide().toDoubles()[5] + 0.001 * Math.pow(0.5 * g.wide().toDoubles()[5], 2);
    double expected =
        t[5] * (1 - 0.01 * 0.1)
            - 0.01
                * (m0 / (1 - Math.pow(0.9, 4)))
                / (Math.sqrt(v0 / (1 - Math.pow(0.999, 4))) + 1e-8);
    var step = new Kernels.AdamWStep(0.01, 0.9, 0.999, 1e-8, 0.1, 4, 0.5);
    portable.adamW(theta.wide(), m.wide(), v.wide(), g.wide(), step);
    cpu.adamW(theta.narrow(), m.narrow(), v.narrow(), g.narrow(), step);
    assertThat(theta.wide().toDoubles()[5]).isCloseTo(expected, Offset.offset(1e-12));
    assertThat(Matrices.distance(theta.narrow(), theta.wide())).isLessThan(PARITY);
    assertThat(Matrices.distance(m.narrow(), m.wide())).isLessThan(PARITY);
    assertThat(Matrices.distance(v.narrow(), v.wide())).isLessThan(PARITY);
  }
}
