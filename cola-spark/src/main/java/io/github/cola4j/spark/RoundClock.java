package io.github.cola4j.spark;

import io.github.cola4j.train.Evaluation;
import java.util.List;

/** Measures rounds and estimates what is left. */
final class RoundClock {
  private final long start = System.nanoTime();
  private final double doneBefore;
  private long last = start;
  private double seconds;
  private double examplesPerSecond;
  private double secondsLeft;

  /** A clock of training that goes on from where tasks are. */
  RoundClock(List<TaskProgress> tasks) {
    doneBefore = tasks.stream().mapToDouble(task -> weight(task) * task.state.step()).sum();
  }

  private static double weight(TaskProgress task) {
    return (double) task.examples / task.totalSteps;
  }

  /** A round is over. */
  void roundDone(List<RoundRunner.Update> updates, List<TaskProgress> tasks) {
    long now = System.nanoTime();
    seconds = (now - last) / 1e9;
    last = now;
    examplesPerSecond = updates.stream().mapToLong(RoundRunner.Update::examples).sum() / seconds;
    double done = -doneBefore;
    double left = 0;
    for (TaskProgress task : tasks) {
      double weight = weight(task);
      done += weight * task.state.step();
      left += task.active ? weight * (task.totalSteps - task.state.step()) : 0;
    }
    secondsLeft = (now - start) / 1e9 / done * left;
  }

  /** The round's line for one task. */
  RoundMetrics metrics(
      TaskProgress task, RoundRunner.Update update, Evaluation score, boolean best) {
    return new RoundMetrics(
        task.rounds,
        task.data.name(),
        task.state.step(),
        task.totalSteps,
        update.lossSum() / update.labels(),
        score.loss(),
        score.accuracy(),
        score.macroF1(),
        best,
        update.examples(),
        update.tokens(),
        update.shards(),
        update.rejected(),
        update.rejectedBecause(),
        task.state.bytes() + task.momentsSent,
        update.bytes(),
        examplesPerSecond,
        seconds,
        secondsLeft);
  }
}
