package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.TaskProgress;
import java.util.List;
import java.util.Map;

/** Trains some of a job's tasks, whose states are with the executors. */
interface TaskRounds extends AutoCloseable {

  /**
   * Trains rounds of the tasks that are active.
   *
   * @param progress of all tasks, by number
   * @return by round, what each active task's has come to
   */
  List<List<RoundOutcome>> train(Map<Integer, TaskProgress> progress, int rounds, RoundWatch watch);

  /** Whether a task is one of its own. */
  boolean has(int task);

  /** The states between rounds, with the executors; not yet as was decided since. */
  HeldStates states();

  /** In which partition of the states a task's is. */
  int partition(int task);

  /** Lets go of all states. */
  @Override
  void close();
}
