package io.github.cola4j.spark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the driver runs on. */
public final class Environment {
  private Environment() {}

  /**
   * Names and versions.
   *
   * @param spark its version
   * @param master where it runs
   * @param kernels the kernel provider that was chosen
   * @param compute in which type frozen products take their inputs
   */
  public static Map<String, String> versions(
      String spark, String master, String kernels, String compute) {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("CoLA4J", Build.running().toString());
    versions.put("Spark", spark + ", " + master);
    versions.put(
        "Java",
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    versions.put(
        "System",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + ", "
            + System.getProperty("os.arch"));
    versions.put(
        "CPU of the driver",
        cpuInfo().getOrDefault("model name", System.getProperty("os.arch"))
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " cores");
    versions.put("Kernels", kernels + ", " + compute);
    return versions;
  }

  /** The first processor's lines of {@code /proc/cpuinfo}; nothing on other systems. */
  public static Map<String, String> cpuInfo() {
    Map<String, String> info = new TreeMap<>();
    for (String line : lines(Path.of("/proc/cpuinfo"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        info.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
      }
    }
    return info;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
