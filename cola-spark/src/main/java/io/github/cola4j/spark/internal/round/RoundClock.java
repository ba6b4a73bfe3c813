package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
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
  private final long start = System.nanoTime();
  private final double doneBefore;
  private final long[] nanos = new long[Part.values().length];
  private Part part = Part.WAIT;
  private long last = start;
  private RoundTime time = RoundTime.ZERO;
  private double examplesPerSecond;
  private double secondsLeft;

  /** A clock of training that resumes from where tasks are. */
  RoundClock(List<TaskProgress> tasks, TrainingConfig training) {
    this.training = training;
    doneBefore = tasks.stream().mapToDouble(task -> task.examplesPerStep * task.state.step()).sum();
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

  /**
   * A round is over.
   *
   * @param trained seconds of the training's job until its last shard's end
   * @param slots shards that can be trained at once
   */
  void roundDone(
      List<RoundRunner.Update> updates, List<TaskProgress> tasks, double trained, int slots) {
    charge(Part.WAIT);
    time = split(updates, Math.min(trained, seconds(Part.TRAIN)), slots);
    Arrays.fill(nanos, 0);
    examplesPerSecond =
        updates.stream().mapToLong(RoundRunner.Update::examples).sum() / time.total();
    double done = -doneBefore;
    double left = 0;
    for (TaskProgress task : tasks) {
      done += task.examplesPerStep * task.state.step();
      left += task.active ? task.examplesPerStep * (task.totalSteps - task.state.step()) : 0;
    }
    secondsLeft = (last - start) / 1e9 / done * left;
  }

  /** The training's job is training, fetching of states, waiting, and then reduction. */
  private RoundTime split(List<RoundRunner.Update> updates, double stage, int slots) {
    double train = 0;
    double fetch = 0;
    int shards = 0;
    for (RoundRunner.Update update : updates) {
      train += update.times().train();
      fetch += update.times().fetch();
      shards += update.shards() + update.rejected();
    }
    // never more than the stage took, should an executor have come or gone meanwhile
    double atOnce = Math.max(Math.min(slots, shards), (train + fetch) / stage);
    train /= atOnce;
    fetch /= atOnce;
    return new RoundTime(
        train,
        seconds(Part.WAIT) + stage - train - fetch,
        seconds(Part.TRAIN) - stage + seconds(Part.REDUCE),
        seconds(Part.BROADCAST) + fetch,
        seconds(Part.VALIDATE),
        seconds(Part.CHECKPOINT));
  }

  /** The round's line for one task; without a score it was not validated. */
  RoundMetrics metrics(
      TaskProgress task, RoundRunner.Update update, Evaluation score, boolean best) {
    return new RoundMetrics(
        task.rounds,
        task.data.name(),
        task.state.step(),
        task.totalSteps,
        update.lossSum() / update.labels(),
        learningRate(task),
        update.norms().mean(),
        score == null ? null : score.loss(),
        score == null || score.numbers() != null ? null : score.accuracy(),
        score == null || score.numbers() != null ? null : score.macroF1(),
        score == null ? null : score.margin(),
        best,
        update.examples(),
        update.tokens(),
        update.shards(),
        update.rejected(),
        update.rejectedBecause(),
        task.state.bytes() + task.momentsSent,
        update.bytes(),
        update.times().train(),
        update.times().slowest(),
        examplesPerSecond,
        time.total(),
        time,
        secondsLeft,
        DateTimeFormatter.ISO_INSTANT.format(Instant.now().truncatedTo(ChronoUnit.MILLIS)));
  }

  /** Of a task's last step. */
  private double learningRate(TaskProgress task) {
    double factor = training.schedule().factor(task.state.step() - 1, task.totalSteps);
    return training.optimizer().learningRate() * factor;
  }
}
