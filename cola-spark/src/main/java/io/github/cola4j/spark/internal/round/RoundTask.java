package io.github.cola4j.spark.internal.round;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.spark.training.StoredParameters;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the driver knows of a task before its first round.
 *
 * @param data it is trained on
 * @param dropped examples that there is nothing to learn from, by the reason why
 * @param summary of its data; null while examples are not counted
 */
public record RoundTask(
    TaskPlan plan, TaskData<?> data, Map<String, Long> dropped, TaskSummary summary) {

  /** The labels that data are counted by, by number; empty where there are none. */
  public List<String> countedClasses() {
    return data.objective().counted() == null ? List.of() : data.objective().classes();
  }

  /** With what its data are. */
  public RoundTask summarized(DataSetSummary training, DataSetSummary validation) {
    return new RoundTask(
        plan, data, dropped, TaskSummary.of(data.name(), training, validation, dropped));
  }

  /**
   * The task after training.
   *
   * @param progress that it came to
   * @param stored gives its adapter
   * @param shared its parameters where executors have stored them, else null
   */
  TrainedTask result(
      TaskProgress progress,
      AdapterStore.Description description,
      Supplier<TrainedAdapter> stored,
      StoredParameters shared) {
    return new TrainedTask(
        description,
        stored,
        shared,
        progress.bestRound(),
        progress.rounds(),
        progress.bestValidation(),
        plan.examples(),
        summary.truncated(),
        dropped,
        summary);
  }
}
