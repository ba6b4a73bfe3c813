package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.kernels.cuda.DeviceProbe;
import io.github.cola4j.nn.kernels.cuda.DeviceProbe.Product;
import java.util.List;
import java.util.Map;

/** Products by cuBLAS: whether each type multiplies as it should, and how fast. */
final class GemmStage {
  private static final List<String> TYPES = List.of("BFLOAT16", "TF32", "FLOAT32");

  private GemmStage() {}

  static void run(Report report) {
    DeviceProbe probe = DeviceProbe.open();
    for (String type : TYPES) {
      report.item("accuracy " + type, () -> accuracy(probe, type));
    }
    int side = GpuCheck.isSmall() ? 64 : 4096;
    for (String type : TYPES) {
      rate(report, probe, "square", new Product(type, true, false, side, side, side));
    }
    // Y = W X, dX = Wᵀ dY, A X of a rank, B (A X): a block of an 8 B Llama
    int d = GpuCheck.isSmall() ? 64 : 4096;
    int inner = GpuCheck.isSmall() ? 96 : 14_336;
    int tokens = GpuCheck.isSmall() ? 32 : 4096;
    rate(report, probe, "W X, up", new Product("BFLOAT16", true, false, inner, tokens, d));
    rate(report, probe, "W X, down", new Product("BFLOAT16", true, false, d, tokens, inner));
    rate(report, probe, "Wᵀ dY, up", new Product("BFLOAT16", false, false, d, tokens, inner));
    rate(report, probe, "W X, keys", new Product("BFLOAT16", true, false, d / 4, tokens, d));
    for (String type : List.of("FLOAT32", "TF32")) {
      rate(report, probe, "A X", new Product(type, false, false, 8, tokens, d));
      rate(report, probe, "B (A X)", new Product(type, false, false, d, tokens, 8));
      rate(report, probe, "dY (A X)ᵀ", new Product(type, false, true, d, 8, tokens));
    }
    // SmolLM2-135M
    int small = GpuCheck.isSmall() ? 64 : 576;
    rate(report, probe, "W X, 135M", new Product("BFLOAT16", true, false, small, tokens, small));
    rate(report, probe, "A X, 135M", new Product("FLOAT32", false, false, 8, tokens, small));
  }

  /** Inputs are rounded to the type's, so that bfloat16 is as exact as float32. */
  private static double accuracy(DeviceProbe probe, String type) {
    double largest = 0;
    for (int which = 0; which < 4; which++) {
      Product product = new Product(type, which % 2 == 1, which / 2 == 1, 72, 40, 136);
      largest = Math.max(largest, probe.error(product));
    }
    double tolerance = type.equals("TF32") ? 2e-3 : 1e-5;
    if (!(largest < tolerance)) {
      throw new IllegalStateException("expected an error below " + tolerance + ", got " + largest);
    }
    return largest;
  }

  private static void rate(Report report, DeviceProbe probe, String name, Product product) {
    report.item(
        name + " " + product.type(),
        () -> {
          double seconds = probe.seconds(product, GpuCheck.isSmall() ? 0.01 : 0.3);
          double rate = 2.0 * product.m() * product.n() * product.k() / seconds / 1e12;
          report.print(
              "%-8s %-10s %5d x %4d x %5d  %8.1f us  %7.1f TFLOP/s",
              product.type(), name, product.m(), product.n(), product.k(), 1e6 * seconds, rate);
          return Map.of(
              "type",
              product.type(),
              "m",
              product.m(),
              "n",
              product.n(),
              "k",
              product.k(),
              "seconds",
              seconds,
              "teraflops",
              rate);
        });
  }
}
