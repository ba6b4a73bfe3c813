package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.ShardTimes;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Measures rounds and their parts, and estimates what is left. Belongs to one thread. */
final class RoundClock {
  /** What the driver is busy with; each moment is charged to one of them. */
  enum Part {
    TRAIN,
    WAIT,
    REDUCE,
    BROADCAST,
    VALIDATE,
    CHECKPOINT
  }

  private final TrainingConfig training;
  private final List<TaskPlan> plans;
  private final Map<Integer, TaskProgress> progress;
  private final long start = System.nanoTime();
  private final double doneBefore;
  private final long[] nanos = new long[Part.values().length];
  private Part part = Part.WAIT;
  private long last = start;
  private RoundTime time = RoundTime.ZERO;
  private double examplesPerSecond;
  private double secondsLeft;
  private long bytesToDriver;

  /**
   * A clock of training that resumes from where tasks are.
   *
   * @param progress by task, kept up to date
   */
  RoundClock(List<TaskPlan> plans, Map<Integer, TaskProgress> progress, TrainingConfig training) {
    this.plans = plans;
    this.progress = progress;
    this.training = training;
    doneBefore = done();
  }

  private double done() {
    return plans.stream()
        .mapToDouble(plan -> plan.examplesPerStep() * progress.get(plan.index()).step())
        .sum();
  }

  /** What is left of the tasks in training. */
  private double left() {
    return plans.stream()
        .filter(plan -> progress.get(plan.index()).active())
        .mapToDouble(
            plan ->
                plan.examplesPerStep() * (plan.totalSteps() - progress.get(plan.index()).step()))
        .sum();
  }

  /** Does something whose time is charged to a part; within, another part may be measured. */
  <T> T measure(Part what, Supplier<T> work) {
    Part outer = part;
    charge(what);
    try {
      return work.get();
    } finally {
      charge(outer);
    }
  }

  private void charge(Part next) {
    long now = System.nanoTime();
    nanos[part.ordinal()] += now - last;
    last = now;
    part = next;
  }

  private double seconds(Part of) {
    return nanos[of.ordinal()] / 1e9;
  }

  /** Seconds of training turn out to be of something else. */
  void move(Part from, Part to, double seconds) {
    long moved = Math.min(nanos[from.ordinal()], (long) (seconds * 1e9));
    nanos[from.ordinal()] -= moved;
    nanos[to.ordinal()] += moved;
  }

  /**
   * Rounds are over.
   *
   * @param slots shards that can be trained at once
   * @param bytes that came to the driver
   * @return the seconds of one
   */
  double roundsDone(List<RoundOutcome> outcomes, int rounds, int slots, long bytes) {
    charge(Part.WAIT);
    bytesToDriver = bytes / Math.max(1, outcomes.size());
    time = split(outcomes, rounds, slots);
    Arrays.fill(nanos, 0);
    examplesPerSecond =
        outcomes.stream().mapToLong(task -> task.counts().examples()).sum()
            / (rounds * time.total());
    secondsLeft = (last - start) / 1e9 / (done() - doneBefore) * left();
    return time.total();
  }

  /** The seconds of a round; the training's jobs are training, fetching of states and waiting. */
  private RoundTime split(List<RoundOutcome> outcomes, int rounds, int slots) {
    ShardTimes all = ShardTimes.NONE;
    int shards = 0;
    for (RoundOutcome task : outcomes) {
      all = all.plus(task.counts().times());
      shards += task.counts().shards() + task.counts().rejected();
    }
    double busy = all.train() + all.fetch() + all.validate();
    double stage = seconds(Part.TRAIN);
    // never more than the stages took, should an executor have come or gone meanwhile
    double atOnce = rounds * Math.max(Math.min(slots, (double) shards / rounds), busy / stage);
    return new RoundTime(
        all.train() / atOnce,
        seconds(Part.WAIT) / rounds + stage / rounds - busy / atOnce,
        seconds(Part.REDUCE) / rounds,
        seconds(Part.BROADCAST) / rounds + all.fetch() / atOnce,
        seconds(Part.VALIDATE) / rounds + all.validate() / atOnce,
        seconds(Part.CHECKPOINT) / rounds);
  }

  /** The round's line for one task; without a score it was not validated. */
  RoundMetrics metrics(RoundOutcome task) {
    TaskPlan plan = plans.get(task.task());
    TaskProgress after = task.after();
    RoundCounts counts = task.counts();
    Evaluation score = task.score();
    boolean counted = score != null && score.numbers() == null;
    return new RoundMetrics(
        task.round(),
        plan.name(),
        after.step(),
        plan.totalSteps(),
        counts.lossSum() / counts.labels(),
        learningRate(plan, after),
        counts.norms().mean(),
        score == null ? null : score.loss(),
        counted ? score.accuracy() : null,
        counted ? score.macroF1() : null,
        score == null ? null : score.margin(),
        score != null && after.isBest(),
        counts.examples(),
        counts.tokens(),
        counts.shards(),
        counts.rejected(),
        counts.rejectedBecause(),
        task.bytesSent(),
        counts.bytes(),
        bytesToDriver,
        counts.times().train(),
        counts.times().slowest(),
        counts.gpu().mostBytes(),
        counts.gpu().utilization(),
        examplesPerSecond,
        time.total(),
        time,
        secondsLeft,
        DateTimeFormatter.ISO_INSTANT.format(Instant.now().truncatedTo(ChronoUnit.MILLIS)));
  }

  /** Of a task's last step. */
  private double learningRate(TaskPlan plan, TaskProgress after) {
    double factor = training.schedule().factor(after.step() - 1, plan.totalSteps());
    return training.optimizer().learningRate() * factor;
  }
}
