package io.github.cola4j.spark.training;

import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.internal.prepare.LabelSkew;
import io.github.cola4j.spark.internal.state.TemperatureSampling;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.List;

/**
 * How training is spread over shards and rounds.
 *
 * @param examplesPerShard training examples of a shard; a task of n has ⌈n / this⌉ shards of almost
 *     equal size, however many executors there are
 * @param localSteps optimiser steps of a shard between two averagings; 0 is an epoch
 * @param patience validations without a better score before a task stops; 0 never stops
 * @param metric the validation score whose best state is kept: accuracy, macroF1 or loss; or last,
 *     which keeps the state of the last round, and no task stops early
 * @param scope which parameters are averaged over tasks too
 * @param averaging how the states of a task's shards become one
 * @param minShards the share of a task's shards whose updates must be sound for a round to count
 * @param lossLimit a shard's update is rejected if its mean loss is above so many times that of a
 *     uniform guess
 * @param temperature τ above 0: tasks count as their examples^(1/τ), {@link TemperatureSampling}
 * @param skew the concentration α above 0 of shards whose labels differ, {@link LabelSkew}; null
 *     deals examples out evenly
 * @param validateEvery rounds from one validation of a task to the next; its last round is
 *     validated in any case
 * @param tokensTogether tokens of several shards' steps that are computed in one batch on the
 *     frozen model, at most ({@link io.github.cola4j.train.JointTrainer}); 0: each shard by itself
 */
@RecordBuilder
public record RoundConfig(
    Integer examplesPerShard,
    Integer localSteps,
    Integer patience,
    String metric,
    Scope scope,
    AveragingConfig averaging,
    Double minShards,
    Double lossLimit,
    Double temperature,
    Double skew,
    Integer validateEvery,
    Integer tokensTogether)
    implements Serializable, RoundConfigBuilder.With {

  /** What {@code metric} is where the last state is kept. */
  public static final String LAST = "last";

  private static final List<String> METRICS = List.of("accuracy", "macroF1", "loss", LAST);

  /** Fills in defaults and checks every value. */
  public RoundConfig {
    examplesPerShard = examplesPerShard == null ? 200 : examplesPerShard;
    localSteps = localSteps == null ? 0 : localSteps;
    patience = patience == null ? 4 : patience;
    metric = metric == null ? LAST : metric;
    scope = scope == null ? Scope.TASK : scope;
    averaging = averaging == null ? AveragingConfig.defaults() : averaging;
    minShards = minShards == null ? 0.5 : minShards;
    lossLimit = lossLimit == null ? 20 : lossLimit;
    if (!(minShards > 0 && minShards <= 1)) {
      throw new IllegalArgumentException(
          "spark.minShards must be a share above 0 and at most 1, got " + minShards);
    }
    if (!(lossLimit > 0)) {
      throw new IllegalArgumentException("spark.lossLimit must be above 0, got " + lossLimit);
    }
    temperature = temperature == null ? 1.0 : temperature;
    validateEvery = validateEvery == null ? 1 : validateEvery;
    tokensTogether = tokensTogether == null ? 0 : tokensTogether;
    if (examplesPerShard < 1) {
      throw new IllegalArgumentException(
          "spark.examplesPerShard must be at least 1, got " + examplesPerShard);
    }
    if (validateEvery < 1) {
      throw new IllegalArgumentException(
          "spark.validateEvery must be at least 1, got " + validateEvery);
    }
    if (tokensTogether < 0) {
      throw new IllegalArgumentException(
          "spark.tokensTogether must be 0 or more, got " + tokensTogether);
    }
    if (localSteps < 0 || patience < 0) {
      throw new IllegalArgumentException(
          "spark.localSteps and spark.patience must be 0 or more, got "
              + localSteps
              + " and "
              + patience);
    }
    if (!METRICS.contains(metric)) {
      throw new IllegalArgumentException(
          "spark.metric must be accuracy, macroF1, loss or last, got '" + metric + "'");
    }
    if (averaging.rule().equals(AveragingRules.GRADIENTS) && localSteps != 1) {
      throw new IllegalArgumentException(
          "spark.averaging.rule gradients averages after every step: expected spark.localSteps 1,"
              + " got "
              + localSteps);
    }
    requirePositive("temperature", temperature);
    requirePositive("skew", skew == null ? 1 : skew);
  }

  private static void requirePositive(String key, double value) {
    if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "spark." + key + " must be above 0 and finite, got " + value);
    }
  }

  /** Every default. */
  public static RoundConfig defaults() {
    return RoundConfigBuilder.builder().build();
  }
}
