package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.kernels.cuda.DeviceProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether the device can be computed with, and what NVRTC makes of the kernels' sources. */
final class KernelsStage {
  private KernelsStage() {}

  static void run(Report report) {
    report.item(
        "device",
        () -> {
          long start = System.nanoTime();
          String reason = DeviceProbe.unavailable();
          if (reason != null) {
            throw new IllegalStateException(reason);
          }
          String what = DeviceProbe.open().description();
          double seconds = (System.nanoTime() - start) / 1e9;
          report.print("%s; opened in %.2f s, kernels compiled", what, seconds);
          long[] memory = DeviceProbe.memory();
          return Map.of(
              "description", what, "openSeconds", seconds, "free", memory[0], "total", memory[1]);
        });
    Map<String, Double> seconds = new TreeMap<>();
    for (String source : DeviceProbe.sources()) {
      report.item(
          "compile " + source,
          () -> {
            long start = System.nanoTime();
            String log = DeviceProbe.compile(source);
            seconds.put(source, (System.nanoTime() - start) / 1e9);
            return log;
          });
    }
    report.print("NVRTC, seconds: %s", rounded(seconds));
    report.item("libraries", KernelsStage::libraries);
    if (DeviceProbe.unavailable() == null) {
      report.item(
          "copies",
          () -> {
            int bytes = GpuCheck.isSmall() ? 1 << 20 : 1 << 28;
            double[] rates = DeviceProbe.open().copyRates(bytes);
            report.print("copies: %.1f GB/s to the device, %.1f GB/s back", rates[0], rates[1]);
            return Map.of("toDevice", rates[0], "toHost", rates[1]);
          });
    }
  }

  /** The files of CUDA's libraries that this process has loaded. */
  private static List<String> libraries() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("/"))
        .map(line -> line.substring(line.indexOf('/')))
        .filter(file -> file.matches(".*/lib(jni)?(cu|nv)[^/]*"))
        .distinct()
        .sorted()
        .toList();
  }

  private static String rounded(Map<String, Double> seconds) {
    StringBuilder text = new StringBuilder();
    seconds.forEach((name, value) -> text.append(String.format(" %s %.2f", name, value)));
    return text.toString().strip();
  }
}
