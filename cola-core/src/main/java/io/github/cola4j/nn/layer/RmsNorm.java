package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Root-mean-square normalisation of each token with a frozen gain (arXiv 1910.07467): y = g ⊙ x ρ,
 * ρ = 1/√(mean(x²) + eps).
 *
 * @param gain g [d × 1]
 * @param eps added to the mean of the squares
 */
public record RmsNorm(Matrix gain, double eps) implements Norm {

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    Matrix scale = pass.matrix(1, x.columns());
    pass.kernels().rmsNorm(x, gain, eps, y, scale);
    return new Saved(x, scale);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, Matrix dX) {
    pass.kernels().rmsNormBackward(saved.x(), gain, saved.stats(), dY, dX);
  }
}
