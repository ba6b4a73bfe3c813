package io.github.cola4j.spark.averaging;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * An optimiser of averaged states (DiLoCo, arXiv 2311.08105).
 *
 * @param learningRate η, 0.7
 * @param momentum μ, 0.9
 */
@RecordBuilder
public record OuterConfig(Double learningRate, Double momentum)
    implements Serializable, OuterConfigBuilder.With {
  /** Fills in defaults and checks every value. */
  public OuterConfig {
    learningRate = learningRate == null ? 0.7 : learningRate;
    momentum = momentum == null ? 0.9 : momentum;
    if (!(learningRate > 0) || learningRate.isInfinite() || !(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          "spark.averaging.outer needs a learningRate above 0 and a momentum in [0, 1), got "
              + learningRate
              + " and "
              + momentum);
    }
  }

  /** Every default. */
  public static OuterConfig defaults() {
    return OuterConfigBuilder.builder().build();
  }
}
