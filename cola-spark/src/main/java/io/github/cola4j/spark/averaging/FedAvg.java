package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.train.TaskState;
import java.util.List;

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
   *
   * @throws InconsistentUpdatesException if there are none, lengths or steps differ, nothing counts
   *     or an element is not finite
   */
  public static TaskState average(List<Weighted> updates) {
    if (updates.stream().mapToDouble(Weighted::weight).sum() == 0) {
      throw new InconsistentUpdatesException("no shard trained an example in this round");
    }
    Weighted first = updates.get(0);
    int length = first.state().theta().length;
    for (Weighted update : updates) {
      if (update.state().theta().length != length
          || update.state().step() != first.state().step()
          || update.weight() < 0) {
        throw new InconsistentUpdatesException(
            "expected "
                + length
                + " parameters after step "
                + first.state().step()
                + " from every shard, got "
                + update.state().theta().length
                + " after step "
                + update.state().step()
                + " with weight "
                + update.weight());
      }
    }
    float[][][] vectors = new float[3][updates.size()][];
    double[] weights = new double[updates.size()];
    for (int k = 0; k < weights.length; k++) {
      TaskState state = updates.get(k).state();
      vectors[0][k] = state.theta();
      vectors[1][k] = state.m();
      vectors[2][k] = state.v();
      weights[k] = updates.get(k).weight();
    }
    return new TaskState(
        mean(vectors[0], weights, 0, length, new float[length]),
        mean(vectors[1], weights, 0, length, new float[length]),
        mean(vectors[2], weights, 0, length, new float[length]),
        first.state().step());
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
    double[] weights = tasks.stream().mapToDouble(Weighted::weight).toArray();
    float[][] theta = shared.stream().map(TaskState::theta).toArray(float[][]::new);
    float[][] m = shared.stream().map(TaskState::m).toArray(float[][]::new);
    float[][] v = shared.stream().map(TaskState::v).toArray(float[][]::new);
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (scope.shares(entry.kind())) {
        for (float[][] vectors : new float[][][] {theta, m, v}) {
          mean(vectors, weights, entry.offset(), entry.length(), vectors[0]);
          for (int k = 1; k < vectors.length; k++) {
            System.arraycopy(
                vectors[0], entry.offset(), vectors[k], entry.offset(), entry.length());
          }
        }
      }
    }
    return shared;
  }

  private static float[] mean(
      float[][] vectors, double[] weights, int from, int length, float[] target) {
    double total = 0;
    for (double weight : weights) {
      total += weight;
    }
    for (int i = from; i < from + length; i++) {
      // not from 0: 0 + (−0) would lose the sign
      double sum = weights[0] * vectors[0][i];
      for (int k = 1; k < vectors.length; k++) {
        sum += weights[k] * vectors[k][i];
      }
      target[i] = (float) (sum / total);
      requireFinite(i, target[i]);
    }
    return target;
  }

  /** Refuses what is no number. */
  static void requireFinite(int parameter, float value) {
    if (!Float.isFinite(value)) {
      throw new InconsistentUpdatesException(
          "parameter " + parameter + " is " + value + " after averaging; lower the learning rate");
    }
  }
}
