package io.github.cola4j.spark.training;

import io.github.cola4j.spark.data.summary.TaskSummary;
import java.util.List;
import java.util.function.Consumer;

/** Is notified of a training: of each round and task, and of the data before the first round. */
public interface TrainingListener extends Consumer<RoundMetrics> {
  /**
   * All examples are tokenised, and the first round begins.
   *
   * @param tasks in their order; what only files say, such as bad rows, is not known here
   */
  default void prepared(List<TaskSummary> tasks) {}

  /** All tasks of a round, or of several that were trained at once, have been told. */
  default void roundsDone() {}
}
