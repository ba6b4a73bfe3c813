package io.github.cola4j.examples.bench;

import com.sun.management.OperatingSystemMXBean;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.spark.report.Environment;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;

/** What a benchmark ran on. */
final class Machine {
  private Machine() {}

  /**
   * Prints what is needed to judge and to repeat a measurement.
   *
   * @param arguments what follows {@code bin/cola bench}
   * @param type of the elements that are computed with
   */
  static void print(PrintStream out, String arguments, DataType type) {
    out.println("command  bin/cola bench " + arguments);
    out.println(
        "JVM      "
            + System.getProperty("java.vm.name")
            + " "
            + System.getProperty("java.runtime.version"));
    out.println(
        "CPU      "
            + processor()
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors");
    KernelProvider kernels = KernelProviders.get().of(type);
    String library = kernels.library().isEmpty() ? "" : ", " + kernels.library();
    out.println("kernels  " + kernels.name() + library);
    out.println();
  }

  /** The CPU time of all threads of this process so far; 0 where it is not known. */
  static double cpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : 0;
  }

  /** The process's largest resident size in bytes, on Linux; 0 elsewhere. */
  static long peakMemory() {
    return lines(Path.of("/proc/self/status"))
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  private static String processor() {
    return Environment.cpuInfo().getOrDefault("model name", System.getProperty("os.arch"));
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file).stream() : Stream.empty();
    } catch (IOException e) {
      return Stream.empty();
    }
  }
}
