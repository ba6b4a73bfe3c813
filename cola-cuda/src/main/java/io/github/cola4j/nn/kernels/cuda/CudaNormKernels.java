package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;
import static io.github.cola4j.nn.kernels.cuda.Elements.bits;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.NormKernels;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;

/** Normalisation of each token by {@code norm.cu}. */
final class CudaNormKernels implements NormKernels {
  private final Gpu gpu;

  CudaNormKernels(Gpu gpu) {
    this.gpu = gpu;
  }

  @Override
  public void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats) {
    Elements.columns(x, y)
        .launchColumns(
            gpu,
            "layerNorm",
            address(x),
            x.stride(),
            address(gain),
            address(shift),
            bits(eps),
            address(y),
            y.stride(),
            address(stats),
            stats.stride(),
            x.rows());
  }

  @Override
  public void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX) {
    backward("layerNormBackward", x, gain, stats, dY, dX);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    Elements.columns(x, y)
        .launchColumns(
            gpu,
            "rmsNorm",
            address(x),
            x.stride(),
            address(gain),
            bits(eps),
            address(y),
            y.stride(),
            address(scale),
            scale.stride(),
            x.rows());
  }

  @Override
  public void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    backward("rmsNormBackward", x, gain, scale, dY, dX);
  }

  private void backward(String kernel, Matrix x, Matrix gain, Matrix saved, Matrix dY, Matrix dX) {
    Elements.columns(x, dY, dX)
        .launchColumns(
            gpu,
            kernel,
            address(x),
            x.stride(),
            address(gain),
            address(saved),
            saved.stride(),
            address(dY),
            dY.stride(),
            address(dX),
            dX.stride(),
            x.rows());
  }
}
