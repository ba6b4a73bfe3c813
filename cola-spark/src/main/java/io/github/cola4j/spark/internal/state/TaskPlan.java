package io.github.cola4j.spark.internal.state;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.Objective;
import java.io.Serializable;

/**
 * What is fixed of a task's training before its first round.
 *
 * @param index the task's number in the job
 * @param examples to train on
 * @param shards of these
 * @param validationShards of the examples to validate with
 * @param totalSteps optimiser steps of the whole training
 * @param stepsPerRound of each round but the last, which may have fewer
 */
public record TaskPlan(
    int index,
    String name,
    Objective<?> objective,
    long examples,
    int shards,
    int validationShards,
    int totalSteps,
    int stepsPerRound,
    double examplesPerStep)
    implements Serializable {

  /** The steps of the round that comes after so many steps. */
  public int nextSteps(int step) {
    return Math.min(stepsPerRound, totalSteps - step);
  }

  /** Whether a task that has come so far is validated. */
  public boolean isDue(TaskProgress progress, RoundConfig config) {
    return nextSteps(progress.step()) == 0 || progress.rounds() % config.validateEvery() == 0;
  }
}
