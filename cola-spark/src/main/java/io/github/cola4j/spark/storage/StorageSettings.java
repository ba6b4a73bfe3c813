package io.github.cola4j.spark.storage;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Settings of this JVM, a driver or an executor, also where no Spark session runs. */
public final class StorageSettings {
  private static final String DRIVER = "driver";

  private StorageSettings() {}

  /**
   * Hadoop's: in a driver those of its session; else Hadoop's files and what {@code spark.hadoop.…}
   * of spark-submit or of the JVM's system properties says, as a session would have them.
   */
  public static Configuration hadoop() {
    SparkEnv env = SparkEnv.get();
    return env != null && DRIVER.equals(env.executorId())
        ? SparkContext.getOrCreate().hadoopConfiguration()
        : SparkHadoopUtil.get().newConfiguration(spark());
  }

  /** Spark's. */
  public static SparkConf spark() {
    return SparkEnv.get() == null ? new SparkConf() : SparkEnv.get().conf();
  }
}
