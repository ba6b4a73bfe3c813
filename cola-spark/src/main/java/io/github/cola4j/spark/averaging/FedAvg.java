package io.github.cola4j.spark.averaging;

import io.github.cola4j.train.TaskState;
import java.io.Serializable;

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
  public record Weighted(TaskState state, double weight) implements Serializable {}

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

  /** Refuses what is no number. */
  static void requireFinite(int parameter, float value) {
    if (!Float.isFinite(value)) {
      throw new InconsistentUpdatesException(
          "parameter " + parameter + " is " + value + " after averaging; lower the learning rate");
    }
  }
}
