package io.github.cola4j.train;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * AdamW (arXiv 1711.05101) and gradient clipping.
 *
 * @param learningRate of the adapters
 * @param bRatio the learning rate of the B matrices relative to that of the A matrices (LoRA+,
 *     arXiv 2402.12354)
 * @param headLearningRate of the task's head
 * @param weightDecay decoupled decay of adapters and head
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param clipNorm the gradient's largest global norm; 0 does not clip
 */
@RecordBuilder
public record OptimizerConfig(
    Double learningRate,
    Double bRatio,
    Double headLearningRate,
    Double weightDecay,
    Double beta1,
    Double beta2,
    Double eps,
    Double clipNorm)
    implements Serializable, OptimizerConfigBuilder.With {

  /** Fills in defaults and checks every value. */
  public OptimizerConfig {
    learningRate = learningRate == null ? 3e-4 : learningRate;
    bRatio = bRatio == null ? 1.0 : bRatio;
    headLearningRate = headLearningRate == null ? 3e-3 : headLearningRate;
    weightDecay = weightDecay == null ? 0.0 : weightDecay;
    beta1 = beta1 == null ? 0.9 : beta1;
    beta2 = beta2 == null ? 0.999 : beta2;
    eps = eps == null ? 1e-8 : eps;
    clipNorm = clipNorm == null ? 1.0 : clipNorm;
    notNegative("learningRate", learningRate);
    notNegative("bRatio", bRatio);
    notNegative("headLearningRate", headLearningRate);
    notNegative("weightDecay", weightDecay);
    notNegative("clipNorm", clipNorm);
    if (!(eps > 0) || !(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "optimizer needs eps > 0 and betas in [0, 1), got eps "
              + eps
              + ", beta1 "
              + beta1
              + ", beta2 "
              + beta2);
    }
  }

  /** Every default. */
  public static OptimizerConfig defaults() {
    return OptimizerConfigBuilder.builder().build();
  }

  private static void notNegative(String what, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException("optimizer." + what + " must be 0 or more, got " + value);
    }
  }
}
