package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every backward of the CUDA kernels against central differences of their forward. Those are
 * float32, so that a step of 0.01 leaves an error of some 1e-4; the last digits are {@link
 * EmulatedKernelsTest}'s.
 */
class EmulatedGradientsTest {
  private static final float STEP = 0.01f;
  private static final double TOLERANCE = 1e-3;

  private final EmulatedKernelProvider provider = new EmulatedKernelProvider();
  private final Kernels kernels = provider.kernels(DataType.FLOAT);
  private final Random random = new Random(3);

  @BeforeEach
  void needsACompiler() {
    assumeThat(Emulator.unavailable()).as("why the emulator cannot run").isNull();
  }

  private Matrix matrix(int rows, int columns) {
    return Matrices.random(provider, rows, columns, random);
  }

  /** Compares dX with the differences of a loss that depends on X. */
  private static void check(String name, Matrix x, DoubleSupplier loss, Matrix dX) {
    float[] elements = x.toArray();
    double[] expected = new double[elements.length];
    for (int i = 0; i < elements.length; i++) {
      float before = elements[i];
      elements[i] = before + STEP;
      x.set(elements);
      double up = loss.getAsDouble();
      elements[i] = before - STEP;
      x.set(elements);
      double down = loss.getAsDouble();
      elements[i] = before;
      expected[i] = (up - down) / (2 * STEP);
    }
    x.set(elements);
    assertThat(Matrices.distance(dX.toDoubles(), expected)).as(name).isLessThan(TOLERANCE);
  }

  @Test
  void norms() {
    Matrix x = matrix(13, 3);
    Matrix gain = matrix(13, 1);
    Matrix shift = matrix(13, 1);
    Matrix dY = matrix(13, 3);
    Matrix y = matrix(13, 3);
    Matrix dX = matrix(13, 3);
    Matrix stats = matrix(2, 3);
    Runnable layer = () -> kernels.layerNorm(x, gain, shift, 1e-3, y, stats);
    layer.run();
    kernels.layerNormBackward(x, gain, stats, dY, dX);
    check("layerNorm", x, () -> dot(layer, y, dY), dX);
    Matrix scale = matrix(1, 3);
    Runnable rms = () -> kernels.rmsNorm(x, gain, 1e-3, y, scale);
    rms.run();
    kernels.rmsNormBackward(x, gain, scale, dY, dX);
    check("rmsNorm", x, () -> dot(rms, y, dY), dX);
  }

  private static double dot(Runnable forward, Matrix y, Matrix dY) {
    forward.run();
    return Matrices.dot(y, dY);
  }

  @Test
  void activations() {
    Matrix x = matrix(9, 3);
    Matrix up = matrix(9, 3);
    Matrix dY = matrix(9, 3);
    Matrix y = matrix(9, 3);
    Matrix dX = matrix(9, 3);
    Matrix dUp = matrix(9, 3);
    kernels.geluBackward(x, dY, dX);
    check("gelu", x, () -> dot(() -> kernels.gelu(x, y), y, dY), dX);
    kernels.geluTanhBackward(x, dY, dX);
    check("geluTanh", x, () -> dot(() -> kernels.geluTanh(x, y), y, dY), dX);
    kernels.swiGluBackward(x, up, dY, dX, dUp);
    DoubleSupplier swiGlu = () -> dot(() -> kernels.swiGlu(x, up, y), y, dY);
    check("swiGlu's gate", x, swiGlu, dX);
    check("swiGlu's up", up, swiGlu, dUp);
    kernels.softmax(x, y);
    kernels.softmaxBackward(y, dY, dX);
    check("softmax", x, () -> dot(() -> kernels.softmax(x, y), y, dY), dX);
    int[] labels = {0, 8, 4};
    kernels.crossEntropy(x, labels, 0.5, dX);
    check("crossEntropy", x, () -> 0.5 * kernels.crossEntropy(x, labels, 0.5, y), dX);
  }

  @Test
  void rotation() {
    Matrix x = matrix(12, 4);
    Matrix angles = matrix(6, 4);
    Matrix dY = matrix(12, 4);
    Matrix y = matrix(12, 4);
    Matrix dX = matrix(12, 4);
    kernels.copy(dY, dX);
    kernels.rotate(dX, angles, true);
    Runnable forward =
        () -> {
          kernels.copy(x, y);
          kernels.rotate(y, angles, false);
        };
    check("rotate", x, () -> dot(forward, y, dY), dX);
  }

  /** Tasks of 1, 3 and 5 tokens and ranks 3, 1 and 9: Y = B (A X), both factors and X. */
  @Test
  void lowRankChangesOfTasksSideBySide() {
    int[] starts = {0, 1, 4, 9};
    int[] ranks = {3, 1, 9};
    Matrix x = matrix(11, 9);
    Matrix dY = matrix(7, 9);
    Matrix y = matrix(7, 9);
    Matrix dX = matrix(11, 9);
    kernels.fill(0, dX);
    List<Matrix> factors = new ArrayList<>();
    List<Matrix> gradients = new ArrayList<>();
    List<Gemm> down = new ArrayList<>();
    List<Gemm> up = new ArrayList<>();
    List<Gemm> first = new ArrayList<>();
    List<Gemm> second = new ArrayList<>();
    for (int t = 0; t < ranks.length; t++) {
      int from = starts[t];
      int to = starts[t + 1];
      Matrix a = matrix(11, ranks[t]);
      Matrix b = matrix(7, ranks[t]);
      Matrix dA = matrix(11, ranks[t]);
      Matrix dB = matrix(7, ranks[t]);
      Matrix z = matrix(ranks[t], to - from);
      Matrix dZ = matrix(ranks[t], to - from);
      down.add(new Gemm(1, a, true, x.columns(from, to), false, 0, z));
      up.add(new Gemm(0.5, b, false, z, false, 0, y.columns(from, to)));
      first.add(new Gemm(0.5, b, true, dY.columns(from, to), false, 0, dZ));
      first.add(new Gemm(0.5, dY.columns(from, to), false, z, true, 0, dB));
      second.add(new Gemm(1, a, false, dZ, false, 1, dX.columns(from, to)));
      second.add(new Gemm(1, x.columns(from, to), false, dZ, true, 0, dA));
      factors.addAll(List.of(a, b));
      gradients.addAll(List.of(dA, dB));
    }
    Runnable forward =
        () -> {
          kernels.gemms(down);
          kernels.gemms(up);
        };
    forward.run();
    kernels.gemms(first);
    kernels.gemms(second);
    check("low rank, X", x, () -> dot(forward, y, dY), dX);
    for (int i = 0; i < factors.size(); i++) {
      check("factor " + i, factors.get(i), () -> dot(forward, y, dY), gradients.get(i));
    }
  }

  @Test
  void attention() {
    TokenBatch batch = Matrices.batch(10, random, 3, 1, 6);
    Matrix[] m = {matrix(10, 10), matrix(10, 10), matrix(10, 10)};
    Matrix[] d = {matrix(10, 10), matrix(10, 10), matrix(10, 10)};
    Matrix o = matrix(10, 10);
    Matrix dO = matrix(10, 10);
    Matrix sums = matrix(2, 10);
    Runnable forward = () -> kernels.attention(m[0], m[1], m[2], 2, batch, o, sums);
    forward.run();
    kernels.attentionBackward(m[0], m[1], m[2], 2, batch, o, sums, dO, d[0], d[1], d[2]);
    for (int i = 0; i < 3; i++) {
      check("attention, " + i, m[i], () -> dot(forward, o, dO), d[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 2, 5, 0", "3, 1, 8, 3"})
  void causalAttention(int heads, int numKeyValueHeads, int width, int window) {
    CausalAttention form = new CausalAttention(heads, numKeyValueHeads, width, window);
    TokenBatch batch = Matrices.batch(10, random, 3, 1, 5);
    AttentionSpans spans = AttentionSpans.of(batch, new int[] {0, 2, 4, 5, 7, 8});
    int rows = heads * width;
    int keyRows = numKeyValueHeads * width;
    Matrix[] m = {matrix(rows, 6), matrix(keyRows, 9), matrix(keyRows, 9)};
    Matrix[] d = {matrix(rows, 6), matrix(keyRows, 9), matrix(keyRows, 9)};
    Matrix o = matrix(rows, 6);
    Matrix dO = matrix(rows, 6);
    Matrix sums = matrix(heads, 6);
    Runnable forward = () -> kernels.causalAttention(form, spans, m[0], m[1], m[2], o, sums);
    forward.run();
    kernels.causalAttentionBackward(form, spans, m[0], m[1], m[2], o, sums, dO, d[0], d[1], d[2]);
    for (int i = 0; i < 3; i++) {
      check("causal attention, " + i, m[i], () -> dot(forward, o, dO), d[i]);
    }
  }
}
