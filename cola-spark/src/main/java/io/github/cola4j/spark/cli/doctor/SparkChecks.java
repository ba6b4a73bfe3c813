package io.github.cola4j.spark.cli.doctor;

import io.github.cola4j.nn.KernelProviders;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.nd4j.linalg.api.buffer.DataType;

/** Spark, and the GPUs that its settings give to tasks. Starts no session. */
final class SparkChecks {
  private SparkChecks() {}

  static List<Finding> run() {
    SparkConf conf = new SparkConf();
    List<Finding> findings = new ArrayList<>();
    findings.add(
        Finding.ok(
            "Spark",
            org.apache.spark.package$.MODULE$.SPARK_VERSION()
                + ", Scala "
                + scala.util.Properties.versionNumberString()
                + ", master "
                + conf.get("spark.master", "local[*] unless --master names another")));
    String amount = conf.get("spark.task.resource.gpu.amount", "");
    try {
      findings.add(gpu(amount, KernelProviders.get().of(DataType.FLOAT).devices() == 0));
    } catch (LinkageError | IllegalArgumentException e) { // a finding of its own
      findings.add(Finding.ok("GPU", "not known"));
    }
    return findings;
  }

  /**
   * Whether tasks get GPUs and can use them.
   *
   * @param amount of a task, as Spark's settings say; empty if they do not
   * @param host whether the kernels compute on the CPU
   */
  static Finding gpu(String amount, boolean host) {
    if (amount.isEmpty()) {
      return host
          ? Finding.ok("GPU", "none")
          : new Finding(
              "GPU",
              "the kernels compute on one, and Spark gives tasks none",
              "set spark.task.resource.gpu.amount (docs/how-to/gpus.md)");
    }
    String text = "a task has " + amount + " of one (spark.task.resource.gpu.amount)";
    return host
        ? new Finding(
            "GPU",
            text + ", and the kernels compute on the CPU",
            "submit the jar that -Pcuda builds, or leave the resource out (docs/how-to/gpus.md)")
        : Finding.ok("GPU", text);
  }
}
