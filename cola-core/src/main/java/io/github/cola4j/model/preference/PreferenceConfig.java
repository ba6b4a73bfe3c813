package io.github.cola4j.model.preference;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * Direct Preference Optimization (Rafailov et al., arXiv 2305.18290): the loss of a pair of answers
 * by its margin z, with the smoothing of conservative DPO (Mitchell 2023), as TRL's {@code
 * DPOTrainer} computes them.
 *
 * <pre>
 *   z = β ((log π(chosen) − log π₀(chosen)) − (log π(rejected) − log π₀(rejected)))
 *   L(z) = −(1 − ε) log σ(z) − ε log σ(−z),   L'(z) = σ(z) − (1 − ε)
 * </pre>
 *
 * @param beta β, above 0: how far the policy π is held to the frozen model π₀
 * @param labelSmoothing ε, from 0 to below 0.5: how likely it is that a preference is the wrong way
 *     round. Losses of training contain it, those of validation and test do not
 */
@RecordBuilder
public record PreferenceConfig(Double beta, Double labelSmoothing)
    implements Serializable, PreferenceConfigBuilder.With {
  /** Fills in defaults and checks every value. */
  public PreferenceConfig {
    beta = beta == null ? 0.1 : beta;
    labelSmoothing = labelSmoothing == null ? 0.0 : labelSmoothing;
    if (!(beta > 0) || Double.isInfinite(beta)) {
      throw new IllegalArgumentException("preference.beta must be above 0, got " + beta);
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
      throw new IllegalArgumentException(
          "preference.labelSmoothing must be from 0 to below 0.5, got " + labelSmoothing);
    }
  }

  /** Every default. */
  public static PreferenceConfig defaults() {
    return PreferenceConfigBuilder.builder().build();
  }

  /** L(z). */
  public double loss(double margin) {
    return -(1 - labelSmoothing) * logSigmoid(margin) - labelSmoothing * logSigmoid(-margin);
  }

  /** L'(z). */
  public double slope(double margin) {
    return Math.exp(logSigmoid(margin)) - (1 - labelSmoothing);
  }

  /** log σ(z), also where σ(z) is 0. */
  public static double logSigmoid(double z) {
    return z < 0 ? z - Math.log1p(Math.exp(z)) : -Math.log1p(Math.exp(-z));
  }
}
