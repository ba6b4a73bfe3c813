package io.github.cola4j.spark.cli.doctor;

import java.util.ArrayList;
import java.util.List;

/**
 * The JDK, and whether Spark may reach into it.
 *
 * @param feature the JDK's feature release
 * @param closed packages that Spark needs and that are closed to it
 */
record JvmChecks(int feature, List<String> closed) {
  /** The first JDK that CoLA4J runs on. */
  private static final int OLDEST = 17;

  /** The ones of Spark's {@code JavaModuleOptions} that jobs of ours came to need. */
  private static final List<String> NEEDED =
      List.of("java.lang", "java.lang.invoke", "java.nio", "java.util", "sun.nio.ch");

  List<Finding> run() {
    List<Finding> findings = new ArrayList<>();
    String jdk =
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version");
    findings.add(
        new Finding(
            "JDK",
            jdk,
            feature >= OLDEST
                ? ""
                : "install JDK " + OLDEST + " or later and set JAVA_HOME to it"));
    findings.add(
        closed.isEmpty()
            ? Finding.ok("JDK", "open to Spark")
            : new Finding(
                "JDK",
                "closed to Spark: " + String.join(", ", closed) + " of java.base",
                "start by bin/cola or spark-submit, or give the JVM --add-opens=java.base/"
                    + closed.get(0)
                    + "=ALL-UNNAMED and so on"));
    return findings;
  }

  /** The needed packages that the class path may not reach into. */
  static List<String> closedPackages() {
    Module base = Object.class.getModule();
    Module own = JvmChecks.class.getModule();
    return NEEDED.stream().filter(name -> !base.isOpen(name, own)).toList();
  }
}
