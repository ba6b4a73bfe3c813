package io.github.cola4j.spark;

import java.util.Map;

/**
 * Where training goes on from, for every task.
 *
 * @param initial the factors' starting values of the adapters, whose product is subtracted
 * @param theta the parameters of tasks, by name
 */
public record TrainingStart(float[] initial, Map<String, float[]> theta) {
  /** Copies the map. */
  public TrainingStart {
    theta = Map.copyOf(theta);
  }
}
