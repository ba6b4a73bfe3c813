package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.collection.Iterator;

/**
 * Watches the rounds of one training: names its jobs, splits the time of a round, and gives both to
 * listeners and to Spark's metrics system. Belongs to the thread that trains.
 */
final class RoundWatch implements AutoCloseable {
  private final JavaSparkContext spark;
  private final List<TaskPlan> plans;
  private final RoundClock clock;
  private final RoundSource source;
  private final JobEvents events;
  private int round;

  /**
   * Starts to watch.
   *
   * @param progress by task, kept up to date
   * @param training of the tasks
   * @param done rounds that are done already
   */
  RoundWatch(
      JavaSparkContext spark,
      List<TaskPlan> plans,
      Map<Integer, TaskProgress> progress,
      TrainingConfig training,
      int done) {
    this.spark = spark;
    this.plans = plans;
    this.round = done + 1;
    this.clock = new RoundClock(plans, progress, training);
    this.source = new RoundSource(plans);
    this.events = new JobEvents(spark);
    spark.sc().addSparkListener(events);
  }

  /** Runs the job of some rounds of tasks that stay on a core. */
  <T> T stay(List<Integer> tasks, int rounds, Supplier<T> job) {
    try (JobLabel label = label(rounds, "training", tasks)) {
      return clock.measure(RoundClock.Part.TRAIN, () -> events.watch(job));
    }
  }

  /**
   * Runs the job that trains tasks and averages them.
   *
   * @param averaging how many of its stages come last, behind that which trains
   */
  <T> T average(List<Integer> tasks, int averaging, Supplier<T> job) {
    long[] end = new long[1];
    try (JobLabel label = label(1, "training", tasks)) {
      T result =
          clock.measure(
              RoundClock.Part.TRAIN,
              () ->
                  events.watch(
                      () -> {
                        T computed = job.get();
                        end[0] = System.currentTimeMillis();
                        return computed;
                      }));
      long reducing = events.submitted(averaging);
      double seconds = reducing == 0 ? 0 : Math.max(0, end[0] - reducing) / 1e3;
      clock.move(RoundClock.Part.TRAIN, RoundClock.Part.REDUCE, seconds);
      return result;
    }
  }

  /** Runs the job that validates some tasks; without any there is none. */
  Map<Integer, Evaluation> validate(List<Integer> due, Supplier<Map<Integer, Evaluation>> job) {
    if (due.isEmpty()) {
      return Map.of();
    }
    try (JobLabel label = label(1, "validating", due)) {
      return clock.measure(RoundClock.Part.VALIDATE, () -> events.watch(job));
    }
  }

  /** Writes a checkpoint after a round; the time belongs to the round that comes. */
  void checkpoint(Runnable work) {
    try (JobLabel label = new JobLabel(spark, "round " + (round - 1) + ": storing states")) {
      clock.measure(
          RoundClock.Part.CHECKPOINT,
          () -> {
            work.run();
            return null;
          });
    }
  }

  private JobLabel label(int rounds, String what, List<Integer> of) {
    List<String> names = of.stream().map(task -> plans.get(task).name()).toList();
    return new JobLabel(spark, JobLabel.ofRounds(round, rounds, what, names, plans.size()));
  }

  /**
   * Rounds are over.
   *
   * @return the seconds of one
   */
  double legDone(List<List<RoundOutcome>> rounds) {
    round += rounds.size();
    return clock.roundsDone(
        rounds.stream().flatMap(List::stream).toList(),
        Math.max(1, rounds.size()),
        slots(),
        events.takeBytes());
  }

  /** The round's line for one task; without a score it was not validated. */
  RoundMetrics metrics(RoundOutcome task) {
    RoundMetrics metrics = clock.metrics(task);
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
    spark.sc().removeSparkListener(events);
    source.close();
  }
}
