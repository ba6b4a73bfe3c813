package io.github.cola4j.spark;

import io.github.cola4j.io.AdapterMoments;
import io.github.cola4j.spark.averaging.AveragingState;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import java.util.Map;
import java.util.TreeMap;

/** One task between rounds, on the driver. */
final class TaskProgress {
  final int index;
  final TaskData<?> data;
  final long examples;
  final int totalSteps;
  final int stepsPerRound;
  final double examplesPerStep;
  final int stepsBefore; // that the first state's moments have behind them
  TaskState state;
  AveragingState averaging = AveragingState.NONE;
  long momentsSent; // bytes of the shards' own moments in the round before
  boolean active = true;
  int rounds;
  int bestRound;
  TaskState best; // null before the first validation
  Evaluation bestValidation;
  long truncated;
  Map<String, Long> dropped = Map.of();

  TaskProgress(
      int index,
      TaskData<?> data,
      long examples,
      int totalSteps,
      int stepsPerRound,
      double examplesPerStep,
      TaskPreparation.Begin begin) {
    this.index = index;
    this.data = data;
    this.examples = examples;
    this.totalSteps = totalSteps;
    this.stepsPerRound = stepsPerRound;
    this.examplesPerStep = examplesPerStep;
    this.stepsBefore = begin.stepsBefore();
    this.state = begin.state();
  }

  /** The steps of the coming round. */
  int nextSteps() {
    return Math.min(stepsPerRound, totalSteps - state.step());
  }

  /** The present state, to go on from. */
  TrainingSnapshot.Task snapshot(EarlyStopping stopping) {
    Map<String, float[]> vectors = new TreeMap<>();
    vectors.put("theta", state.theta());
    vectors.put("m", state.m());
    vectors.put("v", state.v());
    if (best != null && bestRound != rounds) {
      vectors.put("best", best.theta());
      vectors.put("best.m", best.m());
      vectors.put("best.v", best.v());
    }
    averaging.vectors(vectors);
    return new TrainingSnapshot.Task(
        data.name(),
        state.step(),
        rounds,
        bestRound,
        bestValidation,
        stopping.remembered(),
        vectors);
  }

  /**
   * Takes the state of a snapshot in the place of the first one.
   *
   * @throws IllegalArgumentException if it is that of another model, adapter or head
   */
  void restore(TrainingSnapshot.Task from) {
    float[] theta = vector(from, "theta");
    state = new TaskState(theta, vector(from, "m"), vector(from, "v"), from.step());
    rounds = from.rounds();
    bestRound = from.bestRound();
    if (bestRound > 0) {
      best =
          bestRound == rounds
              ? state
              : new TaskState(
                  vector(from, "best"),
                  vector(from, "best.m"),
                  vector(from, "best.v"),
                  Math.min(totalSteps, bestRound * stepsPerRound));
    }
    bestValidation = from.bestValidation();
    averaging = AveragingState.of(from.vectors());
  }

  private float[] vector(TrainingSnapshot.Task from, String name) {
    float[] vector = from.vectors().get(name);
    if (vector == null || vector.length != state.theta().length) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s' cannot go on: expected %d values of '%s', got %s; its model, adapter or"
                  + " classes were others. Start anew",
              from.name(),
              state.theta().length,
              name,
              vector == null ? "none" : String.valueOf(vector.length)));
    }
    return vector;
  }

  /** Keeps the present state as the best. */
  void keepBest(Evaluation validation) {
    bestRound = rounds;
    best = state;
    bestValidation = validation;
  }

  /**
   * The task after training.
   *
   * @param by what has averaged its states
   */
  TrainedTask result(RoundAveraging by) {
    return new TrainedTask(
        data.name(),
        data.objective().classes(),
        best.theta(),
        by.hasOneOptimizer()
            ? new AdapterMoments(best.m(), best.v(), Math.addExact(stepsBefore, best.step()))
            : null,
        bestRound,
        rounds,
        bestValidation,
        examples,
        truncated,
        dropped);
  }
}
