package io.github.cola4j.spark.training;

import io.github.cola4j.train.Evaluation;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * All tasks between two rounds. Training that goes on from it ends as if it had never stopped, to
 * the bit.
 *
 * @param round the one that is done, from 1
 * @param tasks in the order of the job
 * @param vectors of all tasks, for those who need them all
 */
public record TrainingSnapshot(int round, List<Task> tasks, Vectors vectors) {

  /** Copies the list. */
  public TrainingSnapshot {
    tasks = List.copyOf(tasks);
  }

  /** One whose vectors are with the driver. */
  public TrainingSnapshot(int round, List<Task> tasks) {
    this(round, tasks, new HeldVectors(tasks));
  }

  /** What is made of a task's vectors. */
  public interface Work<R extends Serializable> extends Serializable {
    /** The result for one task. */
    R of(String task, Map<String, float[]> vectors);
  }

  /** The vectors of all tasks, until the next round begins. */
  public interface Vectors {
    /** Gives those of one task after another to the driver. */
    void forEach(BiConsumer<String, Map<String, float[]>> taker);

    /**
     * Has those who hold them work on them, many at once.
     *
     * @param onDriversDisk whether the work needs files of the driver's machine
     * @return by task
     */
    <R extends Serializable> Map<String, R> map(Work<R> work, boolean onDriversDisk);
  }

  private record HeldVectors(List<Task> tasks) implements Vectors {
    @Override
    public void forEach(BiConsumer<String, Map<String, float[]>> taker) {
      tasks.forEach(task -> taker.accept(task.name(), task.vectors().get()));
    }

    @Override
    public <R extends Serializable> Map<String, R> map(Work<R> work, boolean onDriversDisk) {
      Map<String, R> results = new HashMap<>();
      forEach((task, vectors) -> results.put(task, work.of(task, vectors)));
      return results;
    }
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
  public record Stopping(double best, double bestLoss, int worse, int rounds)
      implements Serializable {
    /** Before the first round. */
    public static final Stopping NOTHING =
        new Stopping(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0);
  }

  /** The same with all vectors in memory, for those who need them later. */
  public TrainingSnapshot held() {
    Map<String, Map<String, float[]>> all = new HashMap<>();
    vectors.forEach(all::put);
    return new TrainingSnapshot(
        round, tasks.stream().map(task -> held(task, all.get(task.name()))).toList());
  }

  private static Task held(Task task, Map<String, float[]> vectors) {
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
                        "training cannot resume after round %d: it had no task '%s', only %s; start"
                            + " from scratch",
                        round, name, tasks.stream().map(Task::name).toList())));
  }
}
