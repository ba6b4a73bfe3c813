package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.kernels.ForwardingKernels;

/**
 * The portable kernels: ND4J operations only, in float32 or float64, on whatever backend ND4J runs.
 * They make temporary arrays and serve GPUs, gradient checks and machines without the Vector API.
 */
public final class Nd4jKernels extends ForwardingKernels {

  /** Kernels for one thread. */
  public Nd4jKernels() {
    super(
        new Nd4jGemmKernels(),
        new Nd4jElementwiseKernels(),
        new Nd4jNormKernels(),
        new Nd4jActivationKernels(),
        new Nd4jAttentionKernels(),
        new Nd4jOptimizerKernels());
  }
}
