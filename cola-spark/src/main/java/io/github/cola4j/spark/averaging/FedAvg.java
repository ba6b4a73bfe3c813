package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.train.TaskState;
import java.util.List;
import java.util.function.Function;

/**
 * The mean of states weighted by examples (FedAvg, arXiv 1602.05629): x̄ = Σ_k n_k x_k / Σ_k n_k
 * for the parameters and for Adam's moments (arXiv 2505.22549), summed in double in the given
 * order.
 */
public final class FedAvg {
  private FedAvg() {}

  /**
   * A state and how much it counts.
   *
   * @param state trained parameters and moments
   * @param weight its examples, or what they count
   */
  public record Weighted(TaskState state, double weight) {}

  /**
   * The weighted mean of the states of one task's shards. One state alone comes back to the bit.
   * States are read once, one after the other, so that they need not be in memory together.
   *
   * @throws InconsistentUpdatesException if there are none, lengths or steps differ, nothing counts
   *     or an element is not finite
   */
  public static TaskState average(Iterable<Weighted> updates) {
    WeightedMean mean = new WeightedMean();
    updates.forEach(mean::add);
    return mean.state();
  }

  /**
   * Replaces the parameters that a scope shares by their weighted mean over tasks, in every task's
   * state. The tasks' layouts may differ in their heads, which come last.
   *
   * @param layout of the adapters, the beginning of every task's vector
   * @throws InconsistentUpdatesException if tasks that share have done different steps, or an
   *     element is not finite
   */
  public static List<TaskState> share(List<Weighted> tasks, ParameterLayout layout, Scope scope) {
    if (tasks.isEmpty() || scope == Scope.TASK) {
      return tasks.stream().map(Weighted::state).toList();
    }
    int step = tasks.get(0).state().step();
    for (Weighted task : tasks) {
      if (task.state().step() != step) {
        throw new InconsistentUpdatesException(
            "expected every task that shares parameters after step "
                + step
                + ", got one after step "
                + task.state().step());
      }
    }
    List<TaskState> shared =
        tasks.stream()
            .map(Weighted::state)
            .map(s -> new TaskState(s.theta().clone(), s.m().clone(), s.v().clone(), s.step()))
            .toList();
    double total = tasks.stream().mapToDouble(Weighted::weight).reduce(0, Double::sum);
    for (Function<TaskState, float[]> vector :
        List.<Function<TaskState, float[]>>of(TaskState::theta, TaskState::m, TaskState::v)) {
      for (ParameterLayout.Entry entry : layout.entries()) {
        if (scope.shares(entry.kind())) {
          double[] sums = WeightedMean.noSum(entry.length());
          for (Weighted task : tasks) {
            WeightedMean.add(sums, vector.apply(task.state()), entry.offset(), task.weight());
          }
          shared.forEach(
              state -> WeightedMean.divide(sums, total, vector.apply(state), entry.offset()));
        }
      }
    }
    return shared;
  }

  /** Refuses what is no number. */
  static void requireFinite(int parameter, float value) {
    if (!Float.isFinite(value)) {
      throw new InconsistentUpdatesException(
          "parameter " + parameter + " is " + value + " after averaging; lower the learning rate");
    }
  }
}
