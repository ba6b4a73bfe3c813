package io.github.cola4j.spark.cli.doctor;

import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.memory.MachineMemory;
import io.github.cola4j.spark.report.Environment;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cola doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Checks JDK, memory, CPU, kernels, BLAS, Spark, GPU and, if asked to, a model's files.",
      "Ends with code 1 if there is a problem; each comes with its fix."
    })
public final class DoctorCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "A model (folder or classpath:…) to be loaded and checked.")
  private String model;

  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Diagnosis(long problems, List<Finding> findings) {}

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>();
    findings.addAll(new JvmChecks(Runtime.version().feature(), JvmChecks.closedPackages()).run());
    findings.addAll(
        new MemoryChecks(
                Runtime.getRuntime().maxMemory(), MachineMemory.bytes(), MachineMemory.limit())
            .run());
    findings.addAll(new CpuChecks(System.getProperty("os.arch"), Environment.cpuInfo()).run());
    findings.addAll(ComputeChecks.run());
    findings.addAll(SparkChecks.run());
    if (model != null) {
      findings.addAll(ModelChecks.run(model));
    }
    Console printed = console.console();
    long problems = findings.stream().filter(Finding::isProblem).count();
    print(printed.text(), findings, problems);
    printed.json(new Diagnosis(problems, findings));
    return problems == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static void print(PrintStream out, List<Finding> findings, long problems) {
    for (Finding finding : findings) {
      out.printf(
          "%-8s %-8s %s%n",
          finding.isProblem() ? "PROBLEM" : "ok", finding.topic(), finding.text());
      if (finding.isProblem()) {
        out.printf("%-8s %-8s fix: %s%n", "", "", finding.fix());
      }
    }
    out.println();
    out.println(
        switch ((int) problems) {
          case 0 -> "no problems";
          case 1 -> "1 problem";
          default -> problems + " problems";
        });
  }
}
