package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.kernels.ForwardingKernels;

/** One thread's kernels of a device; what they ask for is done in their order. */
final class CudaKernels extends ForwardingKernels {

  /** Kernels for the calling thread. */
  CudaKernels(Gpu gpu) {
    this(gpu, new Staging(gpu));
  }

  private CudaKernels(Gpu gpu, Staging staging) {
    super(
        new CudaGemmKernels(gpu),
        new CudaElementwiseKernels(gpu, staging),
        new CudaNormKernels(gpu),
        new CudaActivationKernels(gpu, staging),
        new CudaAttentionKernels(gpu, staging),
        new CudaOptimizerKernels(gpu));
  }
}
