package io.github.cola4j.examples.bench;

import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;

/** A model, and a local Spark that trains it. */
final class LocalOptions {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = "classpath:all-minilm-l6-v2",
      description = "A Hugging Face folder of a BERT (default ${DEFAULT-VALUE}).")
  String model;

  @Option(
      names = "--cores",
      paramLabel = "N",
      defaultValue = "2",
      description = "Cores of local[N] (default ${DEFAULT-VALUE}).")
  int cores;

  /** Of a session on this machine alone. */
  SparkConf conf(String name) {
    return new SparkConf()
        .setAppName(name)
        .setMaster("local[" + cores + "]")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1");
  }
}
