package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tasks that are validated, keep their best states and stop together: one alone, or all that share
 * parameters, which go in step.
 */
public final class TaskGroup {
  private final List<TaskProgress> tasks;
  private final int validateEvery;
  private final EarlyStopping stopping;

  private TaskGroup(List<TaskProgress> tasks, RoundConfig rounds, EarlyStopping stopping) {
    this.tasks = tasks;
    this.validateEvery = rounds.validateEvery();
    this.stopping = stopping;
  }

  /**
   * The groups of all tasks.
   *
   * @param from where the tasks take their places; null to start from scratch
   * @param form of the tasks' states
   * @throws IllegalArgumentException if the snapshot is of other tasks, or one of them is over
   *     before it was ever validated
   */
  public static List<TaskGroup> of(
      List<TaskProgress> tasks, RoundConfig rounds, TrainingSnapshot from, StateForm form) {
    List<List<TaskProgress>> groups =
        rounds.scope() == Scope.TASK ? tasks.stream().map(List::of).toList() : List.of(tasks);
    return groups.stream().map(group -> of(group, from, rounds, form)).toList();
  }

  private static TaskGroup of(
      List<TaskProgress> tasks, TrainingSnapshot from, RoundConfig rounds, StateForm form) {
    if (from == null) {
      return new TaskGroup(tasks, rounds, new EarlyStopping(rounds));
    }
    EarlyStopping stopping =
        new EarlyStopping(rounds, from.task(tasks.get(0).data.name()).stopping());
    TaskGroup group = new TaskGroup(tasks, rounds, stopping);
    for (TaskProgress task : tasks) {
      task.restore(from.task(task.data.name()), form);
      group.goOnOrStop(task);
      if (!task.active && task.best == null) {
        throw new IllegalArgumentException(
            String.format(
                "task '%s' cannot resume after round %d: it has no steps left, and none of its"
                    + " rounds was validated. Give it more epochs, or start from scratch",
                task.data.name(), task.rounds));
      }
    }
    return group;
  }

  private void goOnOrStop(TaskProgress task) {
    task.active = task.nextSteps() > 0 && !stopping.stops();
  }

  /** The tasks whose states are to be validated after the round that is just averaged. */
  public List<TaskProgress> due() {
    TaskProgress any = tasks.get(0);
    boolean due = any.nextSteps() == 0 || any.rounds % validateEvery == 0;
    return any.active && due ? tasks : List.of();
  }

  /**
   * Keeps the states if they are the best, and decides who goes on.
   *
   * @param scores by task, of those that were validated
   */
  public void finishRound(
      Map<Integer, Evaluation> scores,
      List<RoundRunner.Update> updates,
      RoundWatch watch,
      Consumer<RoundMetrics> listener) {
    if (!tasks.get(0).active) {
      return;
    }
    List<TaskProgress> validated = due();
    boolean best =
        !validated.isEmpty()
            && stopping.improves(validated.stream().map(task -> scores.get(task.index)).toList());
    for (TaskProgress task : tasks) {
      Evaluation score = scores.get(task.index);
      if (best) {
        task.keepBest(score);
      }
      goOnOrStop(task);
      RoundRunner.Update update =
          updates.stream().filter(u -> u.task() == task.index).findFirst().orElseThrow();
      listener.accept(watch.metrics(task, update, score, best));
    }
  }

  /** All tasks between two rounds. */
  public static TrainingSnapshot snapshot(List<TaskGroup> groups) {
    List<TrainingSnapshot.Task> all = new ArrayList<>();
    for (TaskGroup group : groups) {
      for (TaskProgress task : group.tasks) {
        all.add(task.snapshot(group.stopping));
      }
    }
    return new TrainingSnapshot(
        all.stream().mapToInt(TrainingSnapshot.Task::rounds).max().orElse(0), all);
  }
}
