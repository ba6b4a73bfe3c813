package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Layer normalisation of each token with frozen gain and shift (arXiv 1607.06450).
 *
 * @param gain [d × 1]
 * @param shift [d × 1]
 * @param eps added to the variance
 */
public record LayerNorm(Matrix gain, Matrix shift, double eps) implements Norm {

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    Matrix stats = pass.matrix(2, x.columns());
    pass.kernels().layerNorm(x, gain, shift, eps, y, stats);
    return new Saved(x, stats);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, Matrix dX) {
    pass.kernels().layerNormBackward(saved.x(), gain, saved.stats(), dY, dX);
  }
}
