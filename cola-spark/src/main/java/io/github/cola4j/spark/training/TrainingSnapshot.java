package io.github.cola4j.spark.training;

import io.github.cola4j.train.Evaluation;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * All tasks between two rounds. Training that goes on from it ends as if it had never stopped, to
 * the bit.
 *
 * @param round the one that is done, from 1
 * @param tasks in the order of the job
 */
public record TrainingSnapshot(int round, List<Task> tasks) {

  /** Copies the list. */
  public TrainingSnapshot {
    tasks = List.copyOf(tasks);
  }

  /**
   * One task. A task that goes on with more than this puts more into {@code vectors}; whoever
   * stores them knows none by name.
   *
   * @param step optimiser steps done
   * @param rounds trained
   * @param bestRound from 1; 0 before the first validation
   * @param bestValidation at the best round; null before the first validation
   * @param stopping what early stopping remembers of the task, or of all that share parameters
   * @param vectors by name, shared with the trainer and not to be changed: {@code theta}, {@code
   *     m}, {@code v}; {@code best}, {@code best.m} and {@code best.v} where the best round is not
   *     the last; and what a way of averaging keeps. All have factors that are equal and stay so
   *     once, or all have every factor; training resumes from either. The trainer reads them when
   *     they are asked for, and has them until the next round begins
   */
  public record Task(
      String name,
      int step,
      int rounds,
      int bestRound,
      Evaluation bestValidation,
      Stopping stopping,
      Supplier<Map<String, float[]>> vectors) {}

  /**
   * What early stopping remembers.
   *
   * @param best score so far
   * @param bestLoss with it
   * @param worse validations since
   * @param rounds validated
   */
  public record Stopping(double best, double bestLoss, int worse, int rounds) {
    /** Before the first round. */
    public static final Stopping NOTHING =
        new Stopping(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0);
  }

  /** The same with all vectors in memory, for those who need them later. */
  public TrainingSnapshot held() {
    return new TrainingSnapshot(round, tasks.stream().map(TrainingSnapshot::held).toList());
  }

  private static Task held(Task task) {
    Map<String, float[]> vectors = task.vectors().get();
    return new Task(
        task.name(),
        task.step(),
        task.rounds(),
        task.bestRound(),
        task.bestValidation(),
        task.stopping(),
        () -> vectors);
  }

  /**
   * The task of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Task task(String name) {
    return tasks.stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "training cannot go on after round %d: it had no task '%s', only %s; start"
                            + " anew",
                        round, name, tasks.stream().map(Task::name).toList())));
  }
}
