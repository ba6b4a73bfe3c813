package io.github.cola4j.spark.report;

import io.github.cola4j.spark.cli.doctor.Machine;
import java.util.LinkedHashMap;
import java.util.Map;

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
    String own = Environment.class.getPackage().getImplementationVersion();
    versions.put("CoLA4J", own == null ? "(not packaged)" : own);
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
        Machine.cpuInfo().getOrDefault("model name", System.getProperty("os.arch"))
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " cores");
    versions.put("Kernels", kernels + ", " + compute);
    return versions;
  }
}
