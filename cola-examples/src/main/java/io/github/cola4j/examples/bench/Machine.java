package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a benchmark ran on. */
final class Machine {
  private Machine() {}

  /**
   * Prints what is needed to judge and to repeat a measurement.
   *
   * @param arguments what follows {@code bin/cola bench}
   */
  static void print(PrintStream out, String arguments, Kernels kernels) {
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
    out.println("kernels  " + kernels.getClass().getSimpleName() + ", one thread");
    out.println();
  }

  private static String processor() {
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      try (Stream<String> lines = Files.lines(info)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).trim())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
      } catch (IOException e) {
        return System.getProperty("os.arch");
      }
    }
    return System.getProperty("os.arch");
  }
}
