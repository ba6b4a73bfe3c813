package io.github.cola4j.train;

import io.github.cola4j.model.loss.Regularization;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * How a task is trained.
 *
 * @param epochs passes over each shard's examples
 * @param batchSize examples of a micro-batch group
 * @param accumulation groups of {@code batchSize} examples that make one optimiser step
 * @param maxTokens tokens computed at once; a larger step is cut into several passes whose
 *     gradients add up; without dropout the result is the same but for rounding
 * @param maxLength tokens of an example; longer ones are truncated and counted
 * @param optimizer AdamW's numbers
 * @param schedule the learning rate over the steps
 * @param recompute whether a decoder's blocks are computed again in the backward instead of kept:
 *     half the memory or less, half as much work again, the same gradients
 * @param boosting trains pieces of rank 1 one after the other; null trains all at once
 * @param regularization BA-LoRA's regularisers; null for none. Reported losses do not contain them
 * @param labelSmoothing ε, from 0 to below 1: how much of a classifier's label is spread evenly
 *     over all classes ({@link io.github.cola4j.model.loss.LabelSmoothing}). Losses of training
 *     contain it, those of validation and test do not
 * @param seed of the order of examples, of dropout, of random pairings and of initial values
 */
@RecordBuilder
public record TrainingConfig(
    Integer epochs,
    Integer batchSize,
    Integer accumulation,
    Integer maxTokens,
    Integer maxLength,
    OptimizerConfig optimizer,
    ScheduleConfig schedule,
    Boolean recompute,
    BoostingConfig boosting,
    Regularization regularization,
    Double labelSmoothing,
    Long seed)
    implements Serializable, TrainingConfigBuilder.With {

  /** Fills in defaults and checks every value. */
  public TrainingConfig {
    epochs = epochs == null ? 10 : epochs;
    batchSize = batchSize == null ? 16 : batchSize;
    accumulation = accumulation == null ? 1 : accumulation;
    maxTokens = maxTokens == null ? 2048 : maxTokens;
    maxLength = maxLength == null ? 512 : maxLength;
    optimizer = optimizer == null ? OptimizerConfig.defaults() : optimizer;
    schedule = schedule == null ? ScheduleConfig.defaults() : schedule;
    recompute = recompute != null && recompute;
    labelSmoothing = labelSmoothing == null ? 0.0 : labelSmoothing;
    seed = seed == null ? 42L : seed;
    atLeastOne("epochs", epochs);
    atLeastOne("batchSize", batchSize);
    atLeastOne("accumulation", accumulation);
    atLeastOne("maxTokens", maxTokens);
    atLeastOne("maxLength", maxLength);
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "training.labelSmoothing must be from 0 to below 1, got " + labelSmoothing);
    }
  }

  /** Every default. */
  public static TrainingConfig defaults() {
    return TrainingConfigBuilder.builder().build();
  }

  /** Examples of one optimiser step. */
  public int examplesPerStep() {
    return Math.multiplyExact(batchSize, accumulation);
  }

  private static void atLeastOne(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("training." + what + " must be at least 1, got " + value);
    }
  }
}
