package io.github.cola4j.spark;

import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import java.util.Map;

/** One task between rounds, on the driver. */
final class TaskProgress {
  final int index;
  final TaskData<?> data;
  final long examples;
  final int totalSteps;
  final int stepsPerRound;
  final double examplesPerStep;
  TaskState state;
  boolean active = true;
  int rounds;
  int bestRound;
  float[] bestTheta;
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
      TaskState state) {
    this.index = index;
    this.data = data;
    this.examples = examples;
    this.totalSteps = totalSteps;
    this.stepsPerRound = stepsPerRound;
    this.examplesPerStep = examplesPerStep;
    this.state = state;
  }

  /** The steps of the coming round. */
  int nextSteps() {
    return Math.min(stepsPerRound, totalSteps - state.step());
  }

  /** Keeps the present state as the best. */
  void keepBest(Evaluation validation) {
    bestRound = rounds;
    bestTheta = state.theta();
    bestValidation = validation;
  }

  TrainedTask result() {
    return new TrainedTask(
        data.name(),
        data.objective().classes(),
        bestTheta,
        bestRound,
        rounds,
        bestValidation,
        examples,
        truncated,
        dropped);
  }
}
