package io.github.cola4j.spark.internal.round;

import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.internal.shard.RoundAveraging;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.StateForm;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.training.TaskAdapters;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.TaskState;
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

  private static final int NO_MOMENTS = -1;

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
   * @param held its last state
   * @param by what has averaged its states
   * @param form of its states
   * @param results that keep its state
   */
  TrainedTask result(
      HeldState held,
      RoundAveraging by,
      TaskAdapters adapters,
      StateForm form,
      ResultVectors results) {
    Supplier<TaskState> best = results.keep(held.best());
    int steps =
        by.hasOneOptimizer()
            ? Math.addExact(held.progress().stepsBefore(), held.best().step())
            : NO_MOMENTS;
    return new TrainedTask(
        adapters.describe(data),
        () -> adapter(best.get(), steps, adapters, form),
        held.progress().bestRound(),
        held.progress().rounds(),
        held.progress().bestValidation(),
        plan.examples(),
        summary.truncated(),
        dropped,
        summary);
  }

  private TrainedAdapter adapter(TaskState best, int steps, TaskAdapters adapters, StateForm form) {
    TrainedAdapter adapter = adapters.of(data, form.expand(best.theta()));
    return steps == NO_MOMENTS
        ? adapter
        : adapter.withMoments(
            new AdapterMoments(form.expand(best.m()), form.expand(best.v()), steps));
  }
}
