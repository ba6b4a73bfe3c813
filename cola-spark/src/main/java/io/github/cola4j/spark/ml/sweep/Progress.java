package io.github.cola4j.spark.ml.sweep;

import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** What a candidate's rounds have done so far. */
final class Progress implements Consumer<RoundMetrics> {
  private final Map<String, RoundMetrics> newest = new TreeMap<>(); // by task
  private final List<RoundMetrics> all = new ArrayList<>();

  @Override
  public void accept(RoundMetrics round) {
    newest.put(round.task(), round);
    all.add(round);
  }

  /** Whether every task has done a rung, or has stopped before its end. */
  boolean hasDone(TrainingSnapshot after, Rungs rungs, int rung) {
    return after.tasks().stream()
        .allMatch(
            task ->
                task.rounds() < after.round()
                    || task.step() >= rungs.steps(rung, newest.get(task.name()).totalSteps()));
  }

  /** All rounds, in their order. */
  List<RoundMetrics> all() {
    return List.copyOf(all);
  }

  private double validationLoss() {
    return mean(RoundMetrics::validationLoss);
  }

  /** NaN where one has none, as a regression has no accuracy. */
  private double mean(Function<RoundMetrics, Double> value) {
    return newest.values().stream()
        .map(value)
        .mapToDouble(score -> score == null ? Double.NaN : score)
        .average()
        .orElse(Double.NaN);
  }

  Standing standing(int candidate, int rung, int epochs) {
    return new Standing(
        candidate,
        rung,
        epochs,
        all.isEmpty() ? 0 : all.get(all.size() - 1).round(),
        all.stream().mapToLong(RoundMetrics::examples).sum(),
        validationLoss(),
        mean(RoundMetrics::accuracy),
        false);
  }
}
