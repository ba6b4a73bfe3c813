package io.github.cola4j.spark.averaging;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.Locale;

/**
 * How the states of a task's shards become one.
 *
 * @param rule a name of {@link AveragingRules}
 * @param lambda weight of rule fair's ridge
 * @param moments what becomes of Adam's moments
 * @param outer an optimiser of averaged states; null for none
 */
@RecordBuilder
public record AveragingConfig(String rule, Double lambda, Moments moments, OuterConfig outer)
    implements Serializable, AveragingConfigBuilder.With {
  /** Fills in defaults and checks every value. */
  public AveragingConfig {
    rule = rule == null ? "mean" : rule;
    lambda = lambda == null ? 0.01 : lambda;
    moments = moments == null ? Moments.AVERAGE : moments;
    if (!(lambda > 0) || lambda.isInfinite()) {
      throw new IllegalArgumentException("spark.averaging.lambda must be above 0, got " + lambda);
    }
    AveragingRules.requireName(rule);
    if (rule.equals(AveragingRules.GRADIENTS) && (moments != Moments.AVERAGE || outer != null)) {
      throw new IllegalArgumentException(
          "spark.averaging.rule gradients has one optimiser for all shards: expected moments"
              + " average and no outer, got moments "
              + moments.name().toLowerCase(Locale.ROOT)
              + (outer == null ? "" : " and outer " + outer)
              + "; leave them out, or take rule mean");
    }
    if (rule.equals(AveragingRules.RESIDUAL) && outer != null) {
      throw new IllegalArgumentException(
          "spark.averaging.rule residual makes up for the means of A and B, from which an outer"
              + " optimiser moves them away: expected no outer, got "
              + outer
              + "; leave it out, or take rule product");
    }
  }

  /** The mean of states. */
  public static AveragingConfig defaults() {
    return AveragingConfigBuilder.builder().build();
  }
}
