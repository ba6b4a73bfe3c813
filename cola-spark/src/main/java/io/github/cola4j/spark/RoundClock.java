package io.github.cola4j.spark;

import io.github.cola4j.train.Evaluation;
import java.util.List;

/** Measures rounds and estimates what is left. */
final class RoundClock {
  private final long start = System.nanoTime();
  private long last = start;
  private double seconds;
  private double examplesPerSecond;
  private double secondsLeft;

  /** A round is over. */
  void roundDone(List<RoundRunner.Update> updates, List<TaskProgress> tasks) {
    long now = System.nanoTime();
    seconds = (now - last) / 1e9;
    last = now;
    examplesPerSecond = updates.stream().mapToLong(RoundRunner.Update::examples).sum() / seconds;
    double done = 0;
    double left = 0;
    for (TaskProgress task : tasks) {
      done += task.examplesPerStep * task.state.step();
      left += task.active ? task.examplesPerStep * (task.totalSteps - task.state.step()) : 0;
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
        task.state.bytes(),
        update.bytes(),
        examplesPerSecond,
        seconds,
        secondsLeft);
  }
}
