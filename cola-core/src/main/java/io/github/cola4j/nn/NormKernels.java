package io.github.cola4j.nn;

/** Normalisation of each token, forward beside backward. {@link Kernels} has what holds for all. */
public interface NormKernels {

  /**
   * Layer normalisation of each column: x̂ = (x − mean)/√(var + eps), y = gain ⊙ x̂ + shift.
   *
   * @param stats [2 × T], receives mean and 1/√(var + eps)
   */
  void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats);

  /**
   * dX ← rstd (g − mean(g) − x̂ mean(g ⊙ x̂)) with g = gain ⊙ dY; overwrites dX, which may be dY.
   */
  void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX);

  /**
   * Normalisation of each column by its root mean square: y = gain ⊙ x ρ, ρ = 1/√(mean(x²) + eps).
   *
   * @param scale [1 × T], receives ρ
   */
  void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale);

  /** dX ← ρ (g − x̂ mean(g ⊙ x̂)) with g = gain ⊙ dY, x̂ = ρ x; overwrites dX, which may be dY. */
  void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX);
}
