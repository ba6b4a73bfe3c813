package io.github.cola4j.spark.cli.option;

import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;

/** Where Spark runs. Under spark-submit its settings hold. */
public final class SparkOptions {
  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark master: local[N], local-cluster[n,cores,MB], spark://host:port, yarn, k8s://…; "
              + "default: spark-submit's, or local[*].")
  private String master;

  /**
   * The session that runs in this JVM, or a new one; close it after use.
   *
   * @param name of the application, if it is a new one
   */
  public OpenSession open(String name) {
    SparkConf conf = new SparkConf();
    conf.setAppName(name);
    if (master != null) {
      conf.setMaster(master);
    }
    conf.setIfMissing("spark.master", "local[*]");
    // a round brings back one state a task, which the driver holds anyway
    conf.setIfMissing("spark.driver.maxResultSize", "0");
    // a shard is small beside its training: an idle executor should not wait seconds for one to
    // train where it is stored
    conf.setIfMissing("spark.locality.wait", "100ms");
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    if (conf.get("spark.master").startsWith("local")) {
      // out of memory, a Spark task fails as others do; else the JVM would end without a word
      conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    return OpenSession.of(conf, master);
  }
}
