package io.github.cola4j.spark;

import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Spark sessions of tests; one JVM has one at a time, so close it. */
public final class TestSpark {
  /** Two executors of one core, each a JVM of its own. */
  public static final String CLUSTER = "local-cluster[2,1,1024]";

  /**
   * Options of JVMs that live for seconds: they load and compile their classes in half the time.
   */
  public static final List<String> SHORT_LIVED =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:-BytecodeVerificationRemote");

  private TestSpark() {}

  /** Opens a session. */
  public static SparkSession open(String master) {
    return open(master, Map.of());
  }

  /** Opens a session with settings of its own. */
  public static SparkSession open(String master, Map<String, String> settings) {
    SparkConf conf =
        new SparkConf()
            .setAppName("test")
            .setMaster(master)
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set(
                "spark.executor.extraJavaOptions",
                System.getProperty("cola.jvm.flags", "") + " " + String.join(" ", SHORT_LIVED))
            // do not wait long for an executor that a test has killed
            .set("spark.shuffle.io.maxRetries", "1")
            .set("spark.shuffle.io.retryWait", "500ms");
    settings.forEach(conf::set);
    return SparkSession.builder().config(conf).getOrCreate();
  }
}
