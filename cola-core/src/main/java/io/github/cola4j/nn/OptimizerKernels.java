package io.github.cola4j.nn;

import java.util.List;

/** An optimiser's step and what it needs of a gradient. {@link Kernels} has what holds for all. */
public interface OptimizerKernels {

  /** What one {@link OptimizerKernels#adamW} changes. */
  record Update(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step) {}

  /** Σ x². */
  double sumOfSquares(Matrix x);

  /** Σ x² of several matrices; a device is waited for once. */
  default double[] sumsOfSquares(List<Matrix> all) {
    return all.stream().mapToDouble(this::sumOfSquares).toArray();
  }

  /**
   * One step of AdamW as PyTorch computes it (arXiv 1711.05101): θ ← (1 − lr·decay) θ; m ← β₁ m +
   * (1−β₁) g; v ← β₂ v + (1−β₂) g²; θ ← θ − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + eps), with g =
   * gradientScale · gradient. All are columns of one length.
   */
  void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step);

  /** Several steps of AdamW, of parameters that do not overlap. */
  default void adamW(List<Update> all) {
    for (Update one : all) {
      adamW(one.theta, one.m, one.v, one.gradient, one.step);
    }
  }
}
