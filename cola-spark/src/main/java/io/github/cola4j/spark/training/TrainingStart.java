package io.github.cola4j.spark.training;

import io.github.cola4j.io.adapter.AdapterMoments;
import java.util.Map;

/**
 * Where training goes on from, for every task.
 *
 * @param initial the factors' starting values of the adapters, whose product is subtracted
 * @param theta the parameters of tasks, by name
 * @param moments Adam's, by name; tasks without start with new ones
 */
public record TrainingStart(
    float[] initial, Map<String, float[]> theta, Map<String, AdapterMoments> moments) {
  /** Copies the maps. */
  public TrainingStart {
    theta = Map.copyOf(theta);
    moments = Map.copyOf(moments);
  }
}
