package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.kernels.ForwardingKernels;

/**
 * The CPU's kernels, float32: BLAS called directly on ND4J's memory (2 µs a call, not 50), and the
 * Vector API on tiles that are copied to the heap and back, which costs little (they stay in the
 * first cache) and works alike on every JDK from 17 on.
 */
public final class CpuKernels extends ForwardingKernels {

  /** Kernels for one thread. */
  public CpuKernels() {
    this(new CpuGemmKernels(), new CpuElementwiseKernels());
  }

  private CpuKernels(CpuGemmKernels gemm, CpuElementwiseKernels elementwise) {
    super(
        gemm,
        elementwise,
        new CpuNormKernels(),
        new CpuActivationKernels(),
        new CpuAttentionKernels(gemm, elementwise),
        new CpuOptimizerKernels());
  }
}
