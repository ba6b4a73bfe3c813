package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cuda.DeviceProbe;
import io.github.cola4j.nn.stored.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Single kernels in the shapes of a decoder's step: gigabytes a second of what they read and write,
 * attention's operations a second, and what a launch takes.
 */
final class RatesStage {
  private final Report report;
  private final DeviceProbe probe = DeviceProbe.open();
  private final KernelProvider provider = KernelProviders.get().of(DataType.FLOAT);
  private final Kernels k = provider.kernels(DataType.FLOAT);
  private final Random random = new Random(1);
  private final double seconds = GpuCheck.isSmall() ? 0.01 : 0.15;

  private RatesStage(Report report) {
    this.report = report;
  }

  static void run(Report report) {
    new RatesStage(report).all();
  }

  private void all() {
    int d = GpuCheck.isSmall() ? 64 : 4096;
    int tokens = GpuCheck.isSmall() ? 32 : 4096;
    Matrix tiny = matrix(8, 8);
    report.item(
        "launch",
        () -> {
          double time = time(() -> k.fill(0, tiny));
          report.print("a launch: %.1f us", 1e6 * time);
          return time;
        });
    Matrix x = matrix(d, tokens);
    Matrix y = matrix(d, tokens);
    Matrix z = matrix(d, tokens);
    Matrix gain = matrix(d, 1);
    Matrix scale = matrix(1, tokens);
    Matrix stats = matrix(2, tokens);
    bytes("copy", 2, x, () -> k.copy(x, y));
    bytes("add", 3, x, () -> k.add(0.5, x, y));
    bytes("broadcast", 1, x, () -> k.broadcast(gain, y));
    bytes("rmsNorm", 2, x, () -> k.rmsNorm(x, gain, 1e-5, y, scale));
    bytes("rmsNormBackward", 4, x, () -> k.rmsNormBackward(x, gain, scale, y, z));
    bytes("layerNorm", 2, x, () -> k.layerNorm(x, gain, gain, 1e-5, y, stats));
    bytes("gelu", 2, x, () -> k.gelu(x, y));
    bytes("swiGlu", 3, x, () -> k.swiGlu(x, y, z));
    bytes("swiGluBackward", 5, x, () -> k.swiGluBackward(x, y, z, y, z));
    lowRank(x, y);
    Matrix angles = matrix(GpuCheck.isSmall() ? 16 : 128, tokens);
    bytes("rotate", 2, x, () -> k.rotate(x, angles, false));
    int[] labels = random.ints(tokens, 0, d).toArray();
    bytes("crossEntropy", 2, x, () -> k.crossEntropy(x, labels, 1, y));
    bytes("sumOfSquares", 1, x, () -> k.sumOfSquares(x));
    for (Precision precision : Precision.values()) {
      Kernels rounding = provider.kernels(DataType.FLOAT, precision);
      attention(rounding, precision, d / 128 == 0 ? 2 : d / 128, tiny(16, 128), tokens, 4);
      attention(rounding, precision, tiny(2, 9), tiny(8, 64), tokens, 8);
      attention(rounding, precision, tiny(2, 12), tiny(8, 32), tokens, 32);
    }
  }

  /** A X and B (A X) of 16 tasks, a sixteenth of the tokens each: one launch each, and 16. */
  private void lowRank(Matrix x, Matrix y) {
    List<Gemm> down = new ArrayList<>();
    List<Gemm> up = new ArrayList<>();
    int tokens = x.columns() / 16;
    for (int t = 0; t < 16; t++) {
      Matrix own = x.columns(t * tokens, (t + 1) * tokens);
      Matrix to = y.columns(t * tokens, (t + 1) * tokens);
      Matrix factor = matrix(x.rows(), 8);
      Matrix z = matrix(8, tokens);
      down.add(new Gemm(1, factor, true, own, false, 0, z));
      up.add(new Gemm(1, factor, false, z, false, 1, to));
    }
    bytes("A X grouped", 1, x, () -> k.gemms(down));
    bytes("A X one by one", 1, x, () -> down.forEach(this::multiply));
    bytes("B Z grouped", 2, x, () -> k.gemms(up));
    bytes("B Z one by one", 2, x, () -> up.forEach(this::multiply));
  }

  private void multiply(Gemm g) {
    k.gemm(g.alpha(), g.a(), g.transposeA(), g.b(), g.transposeB(), g.beta(), g.c());
  }

  private static int tiny(int small, int large) {
    return GpuCheck.isSmall() ? small : large;
  }

  private Matrix matrix(int rows, int columns) {
    float[] elements = new float[rows * columns];
    int some = Math.min(elements.length, 1 << 16);
    for (int i = 0; i < elements.length; i++) {
      elements[i] = i < some ? random.nextFloat() - 0.5f : elements[i - some];
    }
    return Matrix.of(DataType.FLOAT, rows, columns, elements);
  }

  /** Seconds of a call, the mean of as many as take some time. */
  private double time(Runnable call) {
    for (int i = 0; i < 3; i++) {
      call.run();
    }
    probe.synchronize();
    int count = 0;
    long start = System.nanoTime();
    double passed = 0;
    for (int some = 1; passed < seconds; some = Math.min(256, 2 * some)) {
      for (int i = 0; i < some; i++) {
        call.run();
      }
      probe.synchronize();
      count += some;
      passed = (System.nanoTime() - start) / 1e9;
    }
    return passed / count;
  }

  /**
   * A kernel that is bound by memory.
   *
   * @param passes how often as many bytes as a matrix has are read or written
   */
  private void bytes(String name, int passes, Matrix like, Runnable call) {
    report.item(
        name,
        () -> {
          double time = time(call);
          double rate = passes * Float.BYTES * like.length() / time / 1e9;
          report.print("%-16s %8.1f us  %6.0f GB/s", name, 1e6 * time, rate);
          return Map.of("seconds", time, "gigabytesPerSecond", rate);
        });
  }

  private void attention(
      Kernels kernels, Precision precision, int heads, int width, int tokens, int sequences) {
    int keyHeads = heads % 4 == 0 ? heads / 4 : heads % 3 == 0 ? heads / 3 : heads;
    CausalAttention form = new CausalAttention(heads, keyHeads, width, 0);
    int length = tokens / sequences;
    int[] starts = IntStream.rangeClosed(0, sequences).map(s -> s * length).toArray();
    TokenBatch batch = new TokenBatch(new int[tokens], new int[tokens], starts);
    AttentionSpans spans = AttentionSpans.of(batch);
    Matrix q = matrix(heads * width, tokens);
    Matrix key = matrix(keyHeads * width, tokens);
    Matrix v = matrix(keyHeads * width, tokens);
    Matrix o = matrix(heads * width, tokens);
    Matrix logSumExp = matrix(heads, tokens);
    Matrix dO = matrix(heads * width, tokens);
    Matrix dQ = matrix(heads * width, tokens);
    Matrix dWide = matrix(heads * width, tokens);
    Matrix dOther = matrix(heads * width, tokens);
    Matrix dK = matrix(keyHeads * width, tokens);
    Matrix dV = matrix(keyHeads * width, tokens);
    double operations = 4.0 * heads * width * tokens * length / 2;
    String in = ", " + precision;
    String size = " heads of " + width + ", " + sequences + " × " + length + in;
    String shape = heads + "/" + keyHeads + size;
    rate(
        "causal attention, " + shape,
        operations,
        () -> kernels.causalAttention(form, spans, q, key, v, o, logSumExp));
    rate(
        "its backward, " + shape,
        2.5 * operations,
        () ->
            kernels.causalAttentionBackward(form, spans, q, key, v, o, logSumExp, dO, dQ, dK, dV));
    rate(
        "attention, " + heads + size,
        2 * operations,
        () -> kernels.attention(q, q, q, heads, batch, o, logSumExp));
    rate(
        "its backward, " + heads + size,
        5 * operations,
        () ->
            kernels.attentionBackward(q, q, q, heads, batch, o, logSumExp, dO, dQ, dWide, dOther));
  }

  private void rate(String name, double operations, Runnable call) {
    report.item(
        name,
        () -> {
          double time = time(call);
          double rate = operations / time / 1e12;
          report.print("%s: %.1f us, %.2f TFLOP/s", name, 1e6 * time, rate);
          return Map.of("seconds", time, "teraflops", rate);
        });
  }
}
