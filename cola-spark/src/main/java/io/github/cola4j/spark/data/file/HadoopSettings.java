package io.github.cola4j.spark.data.file;

import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Hadoop's configuration of the driver, for executors that open files. Its thousand entries travel
 * once for all data sets that are read together: in a closure they would with each Spark task, for
 * each data set that the task's lineage has. Data sets read their files again if executors are
 * lost, so it stays as long as their RDDs are there; then Spark's cleaner removes it, as it does
 * with that of Spark's own readers.
 */
public record HadoopSettings(Broadcast<SerializableConfiguration> sent) implements Serializable {
  public static HadoopSettings of(JavaSparkContext spark) {
    return ConcurrentJobs.common(
        HadoopSettings.class,
        () ->
            new HadoopSettings(
                spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()))));
  }

  public Configuration value() {
    return sent.value().value();
  }
}
