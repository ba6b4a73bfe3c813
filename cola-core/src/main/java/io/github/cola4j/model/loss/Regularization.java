package io.github.cola4j.model.loss;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * Weights of BA-LoRA's regularisers (arXiv 2408.04556), which keep a fine-tuned model near the
 * frozen one and its outputs varied; {@link OutputRegularizer} has the formulas. The paper starts
 * from PiSSA and takes 0.15, 0.03, 0.03 and k = 5 for classifications, 0.025, 0.005, 0.005 and k =
 * 10 for language models.
 *
 * @param consistency λ₁: distance to the frozen model
 * @param diversity λ₂: covariance of a classifier's logits, or missing entropy of a language
 *     model's k likeliest tokens
 * @param svd λ₃: share of the singular values that are not among the k largest
 * @param top k
 */
@RecordBuilder
public record Regularization(Double consistency, Double diversity, Double svd, Integer top)
    implements Serializable, RegularizationBuilder.With {
  /** Fills in defaults and checks every value. */
  public Regularization {
    consistency = consistency == null ? 0.0 : consistency;
    diversity = diversity == null ? 0.0 : diversity;
    svd = svd == null ? 0.0 : svd;
    top = top == null ? 10 : top;
    notNegative("consistency", consistency);
    notNegative("diversity", diversity);
    notNegative("svd", svd);
    if (top < 1) {
      throw new IllegalArgumentException("regularization.top must be at least 1, got " + top);
    }
  }

  /** Every default: nothing is regularised. */
  public static Regularization defaults() {
    return RegularizationBuilder.builder().build();
  }

  private static void notNegative(String what, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "regularization." + what + " must be 0 or more, got " + value);
    }
  }
}
