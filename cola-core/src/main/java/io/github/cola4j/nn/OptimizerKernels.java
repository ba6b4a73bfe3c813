package io.github.cola4j.nn;

/** An optimiser's step and what it needs of a gradient. {@link Kernels} has what holds for all. */
public interface OptimizerKernels {

  /** Σ x². */
  double sumOfSquares(Matrix x);

  /**
   * One step of AdamW as PyTorch computes it (arXiv 1711.05101): θ ← (1 − lr·decay) θ; m ← β₁ m +
   * (1−β₁) g; v ← β₂ v + (1−β₂) g²; θ ← θ − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + eps), with g =
   * gradientScale · gradient. All are columns of one length.
   */
  void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step);
}
