package io.github.cola4j.spark.internal.round;

import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** What Spark tells of jobs of this thread, a little later than they end. */
final class JobEvents extends SparkListener {
  private static final String ID = "cola4j.training";
  private static final long LONGEST_WAIT_MILLIS = 1000; // for a bus that drops events
  private static final int NONE = -1;

  private final JavaSparkContext spark;
  private final TreeMap<Integer, Long> stages = new TreeMap<>(); // when they were submitted
  private String id = "";
  private int job;
  private long bytes;
  private CountDownLatch over = new CountDownLatch(0);

  JobEvents(JavaSparkContext spark) {
    this.spark = spark;
  }

  /** Runs something whose first job is watched, and waits for the news of its end. */
  <T> T watch(Supplier<T> run) {
    String name = UUID.randomUUID().toString();
    begin(name);
    spark.setLocalProperty(ID, name);
    try {
      T result = run.get();
      over.await(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
      return result;
    } catch (InterruptedException e) {
      throw JobEvents.<RuntimeException>asItIs(e); // as a thread that waits for a Spark job
    } finally {
      spark.setLocalProperty(ID, null);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E asItIs(Throwable thrown) throws E {
    throw (E) thrown;
  }

  private synchronized void begin(String name) {
    id = name;
    job = NONE;
    stages.clear();
    over = new CountDownLatch(1);
  }

  /**
   * When the first of the watched job's last stages was submitted, by {@link
   * System#currentTimeMillis}; 0 if Spark does not tell.
   */
  synchronized long submitted(int last) {
    return stages.descendingMap().values().stream().limit(last).reduce(0L, (later, time) -> time);
  }

  /** Bytes that came to the driver by the watched jobs since this was asked. */
  synchronized long takeBytes() {
    long taken = bytes;
    bytes = 0;
    return taken;
  }

  private boolean isWatched(Properties properties) {
    return properties != null && id.equals(properties.getProperty(ID));
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart event) {
    if (job == NONE && isWatched(event.properties())) {
      job = event.jobId();
    }
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
    if (over.getCount() > 0 && isWatched(event.properties())) {
      stages.put(event.stageInfo().stageId(), (Long) event.stageInfo().submissionTime().get());
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
    if (stages.containsKey(event.stageId()) && event.taskMetrics() != null) {
      bytes += event.taskMetrics().resultSize();
    }
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd event) {
    if (event.jobId() == job) {
      over.countDown();
    }
  }
}
