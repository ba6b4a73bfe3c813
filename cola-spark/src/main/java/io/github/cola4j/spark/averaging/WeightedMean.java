package io.github.cola4j.spark.averaging;

import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.train.TaskState;
import java.util.Arrays;

/** Σ_k n_k x_k / Σ_k n_k of states that come one by one; holds the sums alone, in double. */
final class WeightedMean {
  private double[] theta;
  private double[] m;
  private double[] v;
  private double total;
  private int step;

  /** Adds a state to the sums. */
  void add(Weighted update) {
    TaskState state = update.state();
    if (theta == null) {
      theta = noSum(state.theta().length);
      m = noSum(theta.length);
      v = noSum(theta.length);
      step = state.step();
    }
    if (state.theta().length != theta.length || state.step() != step || update.weight() < 0) {
      throw new InconsistentUpdatesException(
          "expected "
              + theta.length
              + " parameters after step "
              + step
              + " from every shard, got "
              + state.theta().length
              + " after step "
              + state.step()
              + " with weight "
              + update.weight());
    }
    add(theta, state.theta(), 0, update.weight());
    add(m, state.m(), 0, update.weight());
    add(v, state.v(), 0, update.weight());
    total += update.weight();
  }

  /** Of nothing: 0 + (−0) would lose the sign of a zero. */
  static double[] noSum(int length) {
    double[] sums = new double[length];
    Arrays.fill(sums, -0.0);
    return sums;
  }

  /** Adds the elements of a vector from a place on. */
  static void add(double[] sums, float[] x, int from, double weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * x[from + i];
    }
  }

  /**
   * Puts the means into a vector from a place on.
   *
   * @throws InconsistentUpdatesException if an element is not finite
   */
  static void divide(double[] sums, double total, float[] target, int from) {
    for (int i = 0; i < sums.length; i++) {
      target[from + i] = (float) (sums[i] / total);
      FedAvg.requireFinite(from + i, target[from + i]);
    }
  }

  /**
   * The mean of what was added.
   *
   * @throws InconsistentUpdatesException if nothing counts or an element is not finite
   */
  TaskState state() {
    if (total == 0) {
      throw new InconsistentUpdatesException("no shard trained an example in this round");
    }
    return new TaskState(mean(theta), mean(m), mean(v), step);
  }

  private float[] mean(double[] sums) {
    float[] mean = new float[sums.length];
    divide(sums, total, mean, 0);
    return mean;
  }
}
