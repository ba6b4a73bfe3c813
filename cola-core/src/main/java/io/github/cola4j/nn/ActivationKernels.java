package io.github.cola4j.nn;

import java.util.function.DoubleSupplier;

/**
 * Activations, softmax and its cross-entropy, forward beside backward. {@link Kernels} has what
 * holds for all.
 */
public interface ActivationKernels {

  /** y = x Φ(x), Φ the normal distribution function (exact, by erf). */
  void gelu(Matrix x, Matrix y);

  /** dX ← dY ⊙ (Φ(x) + x φ(x)); overwrites dX, which may be dY. */
  void geluBackward(Matrix x, Matrix dY, Matrix dX);

  /**
   * The approximation of {@link #gelu} by tanh: y = x (1 + tanh(√(2/π) (x + 0.044715 x³)))/2 = x
   * σ(z), z = 2 √(2/π) (x + 0.044715 x³).
   */
  void geluTanh(Matrix x, Matrix y);

  /** dX ← dY ⊙ (σ(z) + x σ(z) (1 − σ(z)) dz/dx); overwrites dX, which may be dY. */
  void geluTanhBackward(Matrix x, Matrix dY, Matrix dX);

  /** y = c tanh(x / c); Y may be X. */
  void cap(double c, Matrix x, Matrix y);

  /** dX ← dY ⊙ (1 − (Y / c)²) of what {@link #cap} wrote; overwrites dX, which may be dY. */
  void capBackward(double c, Matrix y, Matrix dY, Matrix dX);

  /** Y ← silu(G) ⊙ U, silu(g) = g σ(g) (arXiv 2002.05202). */
  void swiGlu(Matrix gate, Matrix up, Matrix y);

  /**
   * dG ← dY ⊙ U ⊙ σ(G) (1 + G (1 − σ(G))), dU ← dY ⊙ silu(G); overwrites both, and either may be
   * dY.
   */
  void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp);

  /** Each column of Y becomes the softmax of X's; Y may be X. */
  void softmax(Matrix x, Matrix y);

  /** dX ← Y ⊙ (dY − 1 · diag(YᵀdY)) with Y the softmax; overwrites dX, which may be dY. */
  void softmaxBackward(Matrix y, Matrix dY, Matrix dX);

  /**
   * Softmax cross-entropy of each column of the logits against its label.
   *
   * @param scale factor of the gradient
   * @param dLogits overwritten by scale · (softmax − onehot); may be the logits
   * @return the sum of −log softmax(logits)_label, not scaled
   */
  double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits);

  /**
   * As {@link #crossEntropy}, whose sum may be computed until it is asked for: a device goes on
   * with what follows meanwhile.
   */
  default DoubleSupplier deferredCrossEntropy(
      Matrix logits, int[] labels, double scale, Matrix dLogits) {
    double sum = crossEntropy(logits, labels, scale, dLogits);
    return () -> sum;
  }
}
