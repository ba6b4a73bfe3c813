package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels;

/** The optimiser, tile by tile on heap arrays. */
final class CpuOptimizerKernels implements OptimizerKernels {
  private final float[] tile = new float[Tiles.SIZE];
  private final float[] tileG = new float[Tiles.SIZE];
  private final float[] tileM = new float[Tiles.SIZE];
  private final float[] tileV = new float[Tiles.SIZE];

  @Override
  public double sumOfSquares(Matrix x) {
    double sum = 0;
    for (Tiles tiles = new Tiles(x); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      sum += VectorMath.sumOfSquares(tile, 0, tiles.length(), 0f);
    }
    return sum;
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step) {
    float keep = (float) (1 - step.learningRate() * step.decay());
    float beta1 = (float) step.beta1();
    float beta2 = (float) step.beta2();
    float learningRate = (float) (step.learningRate() / (1 - Math.pow(step.beta1(), step.step())));
    float root = (float) (1 / Math.sqrt(1 - Math.pow(step.beta2(), step.step())));
    float eps = (float) step.eps();
    float factor = (float) step.gradientScale();
    for (Tiles tiles = new Tiles(theta, m, v, gradient); tiles.next(); ) {
      int n = tiles.length();
      theta.storage().read(theta.offset() + tiles.offset(), tile, 0, n);
      gradient.storage().read(gradient.offset() + tiles.offset(), tileG, 0, n);
      m.storage().read(m.offset() + tiles.offset(), tileM, 0, n);
      v.storage().read(v.offset() + tiles.offset(), tileV, 0, n);
      for (int i = 0; i < n; i++) {
        float g = factor * tileG[i];
        tileM[i] = beta1 * tileM[i] + (1 - beta1) * g;
        tileV[i] = beta2 * tileV[i] + (1 - beta2) * g * g;
        tile[i] =
            keep * tile[i] - learningRate * tileM[i] / ((float) Math.sqrt(tileV[i]) * root + eps);
      }
      theta.storage().write(theta.offset() + tiles.offset(), tile, 0, n);
      m.storage().write(m.offset() + tiles.offset(), tileM, 0, n);
      v.storage().write(v.offset() + tiles.offset(), tileV, 0, n);
    }
  }
}
