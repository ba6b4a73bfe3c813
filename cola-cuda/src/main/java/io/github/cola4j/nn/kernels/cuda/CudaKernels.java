package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.kernels.ForwardingKernels;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.stored.Precision;

/** One thread's kernels of a device; what they ask for is done in their order. */
final class CudaKernels extends ForwardingKernels {
  /** The system property that lets tensor cores round all float32 factors to TF32. */
  static final String TF32 = "cola.cuda.tf32";

  /** Kernels for the calling thread that round nothing. */
  CudaKernels(Gpu gpu) {
    this(gpu, Precision.FLOAT32);
  }

  /**
   * Kernels for the calling thread.
   *
   * @param precision with bfloat16, tensor cores multiply all: attention's factors rounded to
   *     bfloat16, other float32 factors to TF32, but those of {@link Kernels#gemms} up to rank 32
   */
  CudaKernels(Gpu gpu, Precision precision) {
    this(
        gpu,
        new Staging(gpu),
        precision == Precision.BFLOAT16,
        precision == Precision.BFLOAT16 || Boolean.getBoolean(TF32));
  }

  private CudaKernels(Gpu gpu, Staging staging, boolean tensorAttention, boolean tf32) {
    this(
        gpu,
        staging,
        new StoredProduct(gpu, Boolean.getBoolean(TF32) ? GemmType.TF32 : GemmType.FLOAT32),
        tf32,
        attention(gpu, staging, tensorAttention));
  }

  private CudaKernels(
      Gpu gpu, Staging staging, StoredProduct stored, boolean tf32, AttentionKernels attention) {
    super(
        new CudaGemmKernels(gpu, stored, tf32),
        new CudaElementwiseKernels(gpu, staging, stored),
        new CudaNormKernels(gpu),
        new CudaActivationKernels(gpu, staging),
        attention,
        new CudaOptimizerKernels(gpu));
  }

  private static AttentionKernels attention(Gpu gpu, Staging staging, boolean tensor) {
    DeviceTiles tiles = new DeviceTiles(gpu, staging);
    CudaAttentionKernels exact = new CudaAttentionKernels(gpu, tiles);
    return tensor && TensorAttentionKernels.areRight(gpu, tiles, exact)
        ? new TensorAttentionKernels(gpu, tiles)
        : exact;
  }
}
