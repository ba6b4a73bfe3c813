package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cpu.CpuKernels;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernels;
import io.github.cola4j.nn.layer.RotaryAngles;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What decoders need: portable backwards against central differences in float64, CPU kernels
 * against portable ones, attention against a plain loop.
 */
class DecoderKernelsTest {
  private static final double GRADIENT = 1e-7;
  private static final double PARITY = 2e-6;

  private final Kernels portable = new Nd4jKernels();
  private final Kernels cpu = new CpuKernels();
  private final Random random = new Random(5);

  private Twin twin(int rows, int columns) {
    return Twin.random(rows, columns, random);
  }

  private static Matrix like(Matrix m) {
    return Matrix.zeros(m.type(), m.rows(), m.columns());
  }

  @Test
  void rmsNorm() {
    Twin x = twin(21, 4);
    Twin gain = twin(21, 1);
    Twin dY = twin(21, 4);
    Matrix y = like(x.wide());
    Matrix scale = Matrix.zeros(DataType.DOUBLE, 1, 4);
    Matrix dX = like(x.wide());
    portable.rmsNorm(x.wide(), gain.wide(), 1e-3, y, scale);
    portable.rmsNormBackward(x.wide(), gain.wide(), scale, dY.wide(), dX);
    double[] expected =
        Matrices.differences(
            x.wide(),
            () -> {
              Matrix out = like(y);
              portable.rmsNorm(x.wide(), gain.wide(), 1e-3, out, like(scale));
              return Matrices.dot(out, dY.wide());
            });
    assertThat(Matrices.distance(dX.toDoubles(), expected)).isLessThan(GRADIENT);
    double[] column = x.wide().columns(2, 3).toDoubles();
    double square = IntStream.range(0, 21).mapToDouble(i -> column[i] * column[i]).sum() / 21;
    assertThat(y.toDoubles()[2 * 21 + 4])
        .isCloseTo(
            column[4] * gain.wide().toDoubles()[4] / Math.sqrt(square + 1e-3),
            Offset.offset(1e-12));
    Matrix fast = like(x.narrow());
    Matrix fastScale = Matrix.zeros(DataType.FLOAT, 1, 4);
    Matrix fastX = like(x.narrow());
    cpu.rmsNorm(x.narrow(), gain.narrow(), 1e-3, fast, fastScale);
    cpu.rmsNormBackward(x.narrow(), gain.narrow(), fastScale, dY.narrow(), fastX);
    assertThat(Matrices.distance(fast, y)).isLessThan(PARITY);
    assertThat(Matrices.distance(fastX, dX)).isLessThan(PARITY);
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 8}) // all features of a head turn, or the first six
  void rotationsTurnPairsAndTurnBack(int width) {
    RotaryEmbedding rotary = RotaryEmbedding.of(10_000, 6, null);
    int[] positions = {0, 1, 7, 300};
    Twin x = twin(2 * width, 4);
    try (Pass wide = new Pass(DataType.DOUBLE, portable);
        Pass narrow = new Pass(DataType.FLOAT, cpu)) {
      double[] before = x.wide().toDoubles();
      Matrix angles = new RotaryAngles(rotary).of(wide, positions, positions);
      RotaryEmbedding.forward(wide, x.wide(), angles, width);
      double[] after = x.wide().toDoubles();
      for (int t = 0; t < 4; t++) {
        for (int head = 0; head < 2; head++) {
          for (int i = 0; i < 3; i++) {
            int low = 2 * width * t + width * head + i;
            double angle = positions[t] * Math.pow(10_000, -i / 3.0);
            double turned = before[low] * Math.cos(angle) - before[low + 3] * Math.sin(angle);
            double other = before[low + 3] * Math.cos(angle) + before[low] * Math.sin(angle);
            assertThat(Math.abs(after[low] - turned)).isLessThan(1e-4);
            assertThat(Math.abs(after[low + 3] - other)).isLessThan(1e-4);
          }
          for (int i = 6; i < width; i++) {
            int kept = 2 * width * t + width * head + i;
            assertThat(after[kept]).isEqualTo(before[kept]);
          }
        }
      }
      Matrix narrowAngles = new RotaryAngles(rotary).of(narrow, positions, positions);
      RotaryEmbedding.forward(narrow, x.narrow(), narrowAngles, width);
      assertThat(Matrices.distance(x.narrow(), x.wide())).isLessThan(PARITY);
      RotaryEmbedding.backward(narrow, x.narrow(), narrowAngles, width);
      RotaryEmbedding.backward(wide, x.wide(), angles, width);
      assertThat(Matrices.distance(x.wide().toDoubles(), before)).isLessThan(1e-6);
      assertThat(Matrices.distance(x.narrow().toDoubles(), before)).isLessThan(PARITY);
    }
  }

  @Test
  void llama3ScalingDividesLowFrequencies() {
    RotaryEmbedding plain = RotaryEmbedding.of(500_000, 64, null);
    var scaling = new RotaryEmbedding.Llama3Scaling(8, 1, 4, 8192);
    RotaryEmbedding scaled = RotaryEmbedding.of(500_000, 64, scaling);
    assertThat(scaled.frequencies()[0]).isEqualTo(plain.frequencies()[0]);
    assertThat(scaled.frequencies()[31]).isEqualTo(plain.frequencies()[31] / 8);
    int between = 15; // a wavelength of 2π · 500000^(30/64) = 2946, between 2048 and 8192
    assertThat(scaled.frequencies()[between])
        .isLessThan(plain.frequencies()[between])
        .isGreaterThan(plain.frequencies()[between] / 8);
  }

  @Test
  void swiGlu() {
    Twin gate = twin(37, 3);
    Twin up = twin(37, 3);
    Twin dY = twin(37, 3);
    Matrix y = like(gate.wide());
    Matrix dGate = like(y);
    Matrix dUp = like(y);
    portable.swiGlu(gate.wide(), up.wide(), y);
    portable.swiGluBackward(gate.wide(), up.wide(), dY.wide(), dGate, dUp);
    for (boolean ofGate : new boolean[] {true, false}) {
      double[] expected =
          Matrices.differences(
              ofGate ? gate.wide() : up.wide(),
              () -> {
                Matrix out = like(y);
                portable.swiGlu(gate.wide(), up.wide(), out);
                return Matrices.dot(out, dY.wide());
              });
      assertThat(Matrices.distance((ofGate ? dGate : dUp).toDoubles(), expected))
          .isLessThan(GRADIENT);
    }
    Matrix fast = like(gate.narrow());
    Matrix fastUp = like(gate.narrow());
    cpu.swiGlu(gate.narrow(), up.narrow(), fast);
    assertThat(Matrices.distance(fast, y)).isLessThan(PARITY);
    cpu.swiGluBackward(gate.narrow(), up.narrow(), dY.narrow(), fast, fastUp);
    assertThat(Matrices.distance(fast, dGate)).isLessThan(PARITY);
    assertThat(Matrices.distance(fastUp, dUp)).isLessThan(PARITY);
  }

  @Test
  void geluTanh() {
    Twin x = twin(37, 3);
    Twin dY = twin(37, 3);
    Matrix y = like(x.wide());
    Matrix dX = like(x.wide());
    portable.geluTanh(x.wide(), y);
    portable.geluTanhBackward(x.wide(), dY.wide(), dX);
    double[] in = x.wide().toDoubles();
    double[] out = y.toDoubles();
    for (int i = 0; i < in.length; i++) {
      double inner = Math.sqrt(2 / Math.PI) * (in[i] + 0.044715 * Math.pow(in[i], 3));
      assertThat(out[i]).isCloseTo(in[i] * (1 + Math.tanh(inner)) / 2, Offset.offset(1e-12));
    }
    double[] expected =
        Matrices.differences(
            x.wide(),
            () -> {
              Matrix moved = like(y);
              portable.geluTanh(x.wide(), moved);
              return Matrices.dot(moved, dY.wide());
            });
    assertThat(Matrices.distance(dX.toDoubles(), expected)).isLessThan(GRADIENT);
    Matrix fast = like(x.narrow());
    cpu.geluTanh(x.narrow(), fast);
    assertThat(Matrices.distance(fast, y)).isLessThan(PARITY);
    cpu.geluTanhBackward(x.narrow(), dY.narrow(), fast);
    assertThat(Matrices.distance(fast, dX)).isLessThan(PARITY);
  }

  @Test
  void scatterAdd() {
    Twin x = twin(5, 3);
    Twin y = twin(5, 7);
    double[] expected = y.wide().toDoubles();
    int[] index = {6, 0, 3};
    for (int t = 0; t < 3; t++) {
      for (int i = 0; i < 5; i++) {
        expected[5 * index[t] + i] += x.wide().toDoubles()[5 * t + i];
      }
    }
    portable.scatterAdd(x.wide(), index, y.wide());
    cpu.scatterAdd(x.narrow(), index, y.narrow());
    assertThat(Matrices.distance(y.wide().toDoubles(), expected)).isLessThan(1e-15);
    assertThat(Matrices.distance(y.narrow().toDoubles(), expected)).isLessThan(PARITY);
  }

  @ParameterizedTest
  @CsvSource({"4, 4, 0, 0", "4, 2, 0, 0.8", "6, 2, 3, 0", "3, 1, 1, 2"})
  void attentionOfShortSequences(int heads, int numKeyValueHeads, int window, double cap) {
    TokenBatch batch = Matrices.batch(10, random, 3, 1, 9, 5);
    CausalAttention form = new CausalAttention(heads, numKeyValueHeads, 5, window, cap);
    attention(form, batch, AttentionSpans.of(batch), true);
    attention(form, batch, AttentionSpans.of(batch, new int[] {0, 2, 4, 7, 12, 17}), true);
    attention(form, batch, AttentionSpans.of(batch, new int[] {5, 6}), true);
  }

  @ParameterizedTest
  @CsvSource({"3, 3, 0, 0", "4, 2, 0, 0.8", "4, 1, 40, 0", "2, 2, 130, 3"})
  void attentionOfLongSequences(int heads, int numKeyValueHeads, int window, double cap) {
    TokenBatch batch = Matrices.batch(10, random, 200, 1, 64, 65, 17);
    CausalAttention form = new CausalAttention(heads, numKeyValueHeads, 16, window, cap);
    attention(form, batch, AttentionSpans.of(batch), false);
    int[] last = IntStream.range(0, 347).filter(c -> c % 5 != 0 && c > 90).toArray();
    attention(form, batch, AttentionSpans.of(batch, last), false);
  }

  private void attention(
      CausalAttention form, TokenBatch batch, AttentionSpans spans, boolean differences) {
    int queries = spans.positions().length;
    Twin q = twin(form.heads() * form.width(), queries);
    Twin k = twin(form.numKeyValueHeads() * form.width(), batch.tokens());
    Twin v = twin(form.numKeyValueHeads() * form.width(), batch.tokens());
    Twin dO = twin(form.heads() * form.width(), queries);
    Matrix[][] results = new Matrix[2][];
    for (boolean narrow : new boolean[] {false, true}) {
      Kernels kernels = narrow ? cpu : portable;
      Matrix o = like(q.get(narrow));
      Matrix logSumExp = Matrix.zeros(o.type(), form.heads(), queries);
      Matrix dQ = like(o);
      Matrix dK = like(k.get(narrow));
      Matrix dV = like(dK);
      kernels.fill(7, dK);
      kernels.fill(7, dV);
      kernels.causalAttention(
          form, spans, q.get(narrow), k.get(narrow), v.get(narrow), o, logSumExp);
      kernels.causalAttentionBackward(
          form,
          spans,
          q.get(narrow),
          k.get(narrow),
          v.get(narrow),
          o,
          logSumExp,
          dO.get(narrow),
          dQ,
          dK,
          dV);
      results[narrow ? 1 : 0] = new Matrix[] {o, logSumExp, dQ, dK, dV};
    }
    double[] plain = loop(form, spans, q.wide(), k.wide(), v.wide());
    assertThat(Matrices.distance(results[0][0].toDoubles(), plain)).isLessThan(1e-12);
    for (int i = 0; i < 5; i++) {
      assertThat(difference(results[1][i].toDoubles(), results[0][i].toDoubles())).isLessThan(1e-5);
    }
    // of the loop, which equals the kernels' output and is a hundred times as quick for so few
    double[] dOut = dO.wide().toDoubles();
    Matrix[] inputs = {q.wide(), k.wide(), v.wide()};
    for (int i = 0; i < 3 && differences; i++) {
      double[] expected =
          Matrices.differences(
              inputs[i], () -> dot(loop(form, spans, q.wide(), k.wide(), v.wide()), dOut));
      assertThat(difference(results[0][i + 2].toDoubles(), expected)).isLessThan(GRADIENT);
    }
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /** Relative to the largest element, or to 1: a window of one key has no gradient of Q and K. */
  private static double difference(double[] actual, double[] expected) {
    double largest = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElse(0));
    return IntStream.range(0, expected.length)
        .mapToDouble(i -> Math.abs(actual[i] - expected[i]) / largest)
        .max()
        .orElse(0);
  }

  /** O by the definition: a sum over the keys within the window, for every head and query. */
  private static double[] loop(
      CausalAttention form, AttentionSpans spans, Matrix q, Matrix k, Matrix v) {
    int width = form.width();
    double[] queries = q.toDoubles();
    double[] keys = k.toDoubles();
    double[] values = v.toDoubles();
    double[] o = new double[queries.length];
    for (int s = 0; s < spans.sequences(); s++) {
      for (int t = spans.queryStarts()[s]; t < spans.queryStarts()[s + 1]; t++) {
        for (int h = 0; h < form.heads(); h++) {
          int group = h / (form.heads() / form.numKeyValueHeads());
          double total = 0;
          double[] sum = new double[width];
          for (int j = 0; j <= spans.positions()[t]; j++) {
            if (form.window() > 0 && spans.positions()[t] - j >= form.window()) {
              continue;
            }
            int key = (spans.keyFrom()[s] + j) * k.rows() + group * width;
            double score = 0;
            for (int i = 0; i < width; i++) {
              score += queries[t * q.rows() + h * width + i] * keys[key + i];
            }
            score /= Math.sqrt(width);
            double cap = form.cap();
            double weight = Math.exp(cap > 0 ? cap * Math.tanh(score / cap) : score);
            total += weight;
            for (int i = 0; i < width; i++) {
              sum[i] += weight * values[key + i];
            }
          }
          for (int i = 0; i < width; i++) {
            o[t * q.rows() + h * width + i] = sum[i] / total;
          }
        }
      }
    }
    return o;
  }

  @Test
  void spansThatDoNotFitAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new AttentionSpans(
                    new int[] {0, 2}, new int[] {0}, new int[] {3}, new int[] {1, 1}))
        .withMessageContaining("ascending");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new AttentionSpans(new int[] {0, 1}, new int[] {0}, new int[] {3}, new int[] {3}))
        .withMessageContaining("query 0 is at 3 of the 3 keys");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CausalAttention(4, 3, 8, 0))
        .withMessageContaining("multiple of key/value heads");
  }
}
