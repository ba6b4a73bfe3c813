package io.github.cola4j.spark.internal.state;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.spark.training.TrainingSnapshot.Stopping;
import io.github.cola4j.train.Evaluation;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * How far a task has come. It is small; the state that belongs to it is a {@link HeldState}.
 *
 * @param step optimiser steps done
 * @param stepsBefore that the first state's moments had behind them
 * @param rounds trained
 * @param bestRound from 1; 0 before the first validation
 * @param bestValidation at the best round; null before the first validation
 * @param stopping what early stopping remembers of the task, or of all that share parameters
 * @param active whether another round comes
 */
@RecordBuilder
public record TaskProgress(
    int step,
    int stepsBefore,
    int rounds,
    int bestRound,
    Evaluation bestValidation,
    Stopping stopping,
    boolean active)
    implements Serializable, TaskProgressBuilder.With {

  /** Before the first round. */
  public static TaskProgress start(int stepsBefore) {
    return new TaskProgress(0, stepsBefore, 0, 0, null, Stopping.NOTHING, true);
  }

  /**
   * Where a snapshot was.
   *
   * @throws IllegalArgumentException if the task is over before it was ever validated
   */
  public static TaskProgress resumed(
      TaskPlan plan, int stepsBefore, TrainingSnapshot.Task from, RoundConfig config) {
    TaskProgress progress =
        new TaskProgress(
                from.step(),
                stepsBefore,
                from.rounds(),
                from.bestRound(),
                from.bestValidation(),
                from.stopping(),
                true)
            .goesOn(plan, config);
    if (!progress.active && progress.bestRound == 0) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s' cannot resume after round %d: it has no steps left, and none of its"
                  + " rounds was validated. Give it more epochs, or start from scratch",
              plan.name(), progress.rounds));
    }
    return progress;
  }

  /** A round later. */
  public TaskProgress trained(int steps) {
    return withStep(step + steps).withRounds(rounds + 1);
  }

  /**
   * After a validation.
   *
   * @param score of this task
   * @param verdict on all that are judged together
   */
  public TaskProgress validated(Evaluation score, EarlyStopping.Verdict verdict) {
    TaskProgress judged = withStopping(verdict.remembered());
    return verdict.isBest()
        ? judged.withBestRound(rounds).withBestValidation(score.withoutNumbers())
        : judged;
  }

  /** Decides whether another round comes. */
  public TaskProgress goesOn(TaskPlan plan, RoundConfig config) {
    return withActive(plan.nextSteps(step) > 0 && !EarlyStopping.stops(stopping, config));
  }

  /** Whether the present state is the best. */
  public boolean isBest() {
    return bestRound == rounds && rounds > 0;
  }
}
