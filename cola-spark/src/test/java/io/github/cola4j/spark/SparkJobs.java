package io.github.cola4j.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** The jobs that Spark runs until this is closed. */
public final class SparkJobs extends SparkListener implements AutoCloseable {
  private final JavaSparkContext spark;
  private final List<Started> started = new ArrayList<>();

  /**
   * A job.
   *
   * @param name of its last stage, as {@code count at TaskPreparation.java:218}
   * @param description that its thread had set, or null
   * @param group that its thread had set, or null
   * @param stages how many it has: one, and one for each shuffle
   */
  public record Started(String name, String description, String group, int stages) {}

  /** Looks at the jobs from now on. */
  public SparkJobs(JavaSparkContext spark) {
    this.spark = spark;
    spark.sc().addSparkListener(this);
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    started.add(
        new Started(
            start.stageInfos().last().name(),
            start.properties().getProperty("spark.job.description"),
            start.properties().getProperty("spark.jobGroup.id"),
            start.stageInfos().size()));
  }

  /** The jobs so far. */
  public List<Started> started() {
    await();
    synchronized (this) {
      return List.copyOf(started);
    }
  }

  private void await() {
    try {
      spark.sc().listenerBus().waitUntilEmpty();
    } catch (TimeoutException e) {
      throw new IllegalStateException("Spark's listeners are far behind", e);
    }
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
  }
}
