package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;
import static io.github.cola4j.nn.kernels.cuda.Elements.bits;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import org.bytedeco.javacpp.DoublePointer;

/** The optimiser by {@code optimizer.cu}. */
final class CudaOptimizerKernels implements OptimizerKernels {
  private static final int MOST_BLOCKS = 1024; // whose sums the host adds up

  private final Gpu gpu;
  private final Scratch scratch;

  CudaOptimizerKernels(Gpu gpu) {
    this.gpu = gpu;
    this.scratch = new Scratch(gpu);
  }

  @Override
  public double sumOfSquares(Matrix x) {
    Elements all = Elements.all(x);
    int blocks = Math.min(MOST_BLOCKS, all.blocks());
    int count = Math.multiplyExact(all.columns(), blocks);
    if (count == 0) {
      return 0;
    }
    long sums = scratch.atLeast((long) count * Double.BYTES);
    gpu.launch(
        "sumOfSquares",
        all.columns(),
        blocks,
        all.threads(),
        0,
        address(x),
        x.stride(),
        sums,
        all.rows());
    double sum = 0;
    try (DoublePointer host = new DoublePointer(count)) {
      gpu.read(sums, host, (long) count * Double.BYTES);
      for (int i = 0; i < count; i++) {
        sum += host.get(i);
      }
    }
    return sum;
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step) {
    Elements all = Elements.columns(theta, m, v, gradient);
    all.launch(
        gpu,
        "adamW",
        address(theta),
        address(m),
        address(v),
        address(gradient),
        all.rows(),
        bits(1 - step.learningRate() * step.decay()),
        bits(step.learningRate() / (1 - Math.pow(step.beta1(), step.step()))),
        bits(step.beta1()),
        bits(step.beta2()),
        bits(1 / Math.sqrt(1 - Math.pow(step.beta2(), step.step()))),
        bits(step.eps()),
        bits(step.gradientScale()));
  }
}
