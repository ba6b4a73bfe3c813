package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.collection.Iterator;

/**
 * Watches the rounds of one training: names its jobs, splits the time of a round, and gives both to
 * listeners and to Spark's metrics system. Belongs to the thread that trains.
 */
public final class RoundWatch implements AutoCloseable {
  private static final String TRAINING = "cola4j.training";

  private final JavaSparkContext spark;
  private final List<TaskProgress> tasks;
  private final RoundClock clock;
  private final RoundSource source;
  private final LastStage stages = new LastStage();
  private int round;
  private long trainingStart; // by the clock that Spark gives stages' times by

  /**
   * Starts to watch.
   *
   * @param training of the tasks
   * @param done rounds that are done already
   */
  public RoundWatch(
      JavaSparkContext spark, List<TaskProgress> tasks, TrainingConfig training, int done) {
    this.spark = spark;
    this.tasks = tasks;
    this.round = done + 1;
    this.clock = new RoundClock(tasks, training);
    this.source = new RoundSource(tasks);
    spark.sc().addSparkListener(stages);
  }

  /**
   * Runs the job that trains all active tasks and averages some, and those that average the others.
   */
  public List<RoundRunner.Update> train(Supplier<List<RoundRunner.Update>> job) {
    stages.await(UUID.randomUUID().toString());
    spark.setLocalProperty(TRAINING, stages.id);
    trainingStart = System.currentTimeMillis();
    try (JobLabel label = label("training", tasks.stream().filter(task -> task.active).toList())) {
      return clock.measure(RoundClock.Part.TRAIN, job);
    } finally {
      spark.setLocalProperty(TRAINING, null);
    }
  }

  /** Runs the job that validates some tasks; without any there is none. */
  public Map<Integer, Evaluation> validate(
      List<TaskProgress> due, Supplier<Map<Integer, Evaluation>> job) {
    if (due.isEmpty()) {
      return Map.of();
    }
    try (JobLabel label = label("validating", due)) {
      return clock.measure(RoundClock.Part.VALIDATE, job);
    }
  }

  /** Does something between the jobs whose time is a part of the round's. */
  <T> T measure(RoundClock.Part part, Supplier<T> work) {
    return clock.measure(part, work);
  }

  /** As {@link #measure(RoundClock.Part, Supplier)}, without a result. */
  void measure(RoundClock.Part part, Runnable work) {
    clock.measure(
        part,
        () -> {
          work.run();
          return null;
        });
  }

  /** Writes a checkpoint after a round; the time belongs to the round that comes. */
  public void checkpoint(Runnable work) {
    measure(RoundClock.Part.CHECKPOINT, work);
  }

  private JobLabel label(String what, List<TaskProgress> of) {
    List<String> names = of.stream().map(task -> task.data.name()).toList();
    return new JobLabel(spark, JobLabel.ofRound(round, what, names, tasks.size()));
  }

  /** A round is over. */
  public void roundDone(List<RoundRunner.Update> updates) {
    long reducing = stages.submitted();
    double trained = reducing == 0 ? Double.MAX_VALUE : (reducing - trainingStart) / 1e3;
    clock.roundDone(updates, tasks, trained, slots());
    round++;
  }

  /** The round's line for one task; without a score it was not validated. */
  RoundMetrics metrics(
      TaskProgress task, RoundRunner.Update update, Evaluation score, boolean best) {
    RoundMetrics metrics = clock.metrics(task, update, score, best);
    source.update(metrics);
    return metrics;
  }

  /** How many Spark tasks run at once on the executors that are there now. */
  private int slots() {
    int slots = 0;
    Iterator<ExecutorSummary> executors = spark.sc().statusStore().executorList(true).iterator();
    while (executors.hasNext()) {
      slots += executors.next().maxTasks();
    }
    return Math.max(1, slots);
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(stages);
    source.close();
  }

  /**
   * When the first job's last stage, the reduction, was submitted: then all shards are trained.
   * Spark tells it a little later, so one waits for the news of the job's end.
   */
  private static final class LastStage extends SparkListener {
    private static final long LONGEST_WAIT_MILLIS = 1000; // of a bus that drops events
    private static final int NONE = -1;

    private String id = "";
    private int job;
    private int stage;
    private long submitted;
    private CountDownLatch over = new CountDownLatch(1);

    synchronized void await(String training) {
      id = training;
      job = NONE;
      stage = NONE;
      submitted = 0;
      over = new CountDownLatch(1);
    }

    /** By Spark's clock; 0 if Spark does not tell. */
    long submitted() {
      CountDownLatch latch;
      synchronized (this) {
        latch = over;
      }
      try {
        if (!latch.await(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
          return 0;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return 0;
      }
      synchronized (this) {
        return submitted;
      }
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart event) {
      if (job == NONE && isOfTraining(event.properties())) {
        job = event.jobId();
      }
    }

    @Override
    public synchronized void onJobEnd(SparkListenerJobEnd event) {
      if (event.jobId() == job) {
        over.countDown();
      }
    }

    private boolean isOfTraining(Properties properties) {
      return properties != null && id.equals(properties.getProperty(TRAINING));
    }

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
      boolean isOfFirst = over.getCount() > 0 && isOfTraining(event.properties());
      if (isOfFirst && event.stageInfo().stageId() >= stage) {
        stage = event.stageInfo().stageId();
        submitted = (Long) event.stageInfo().submissionTime().get();
      }
    }
  }
}
