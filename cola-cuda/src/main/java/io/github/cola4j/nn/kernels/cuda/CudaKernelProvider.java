package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.kernels.cuda.device.CudaDevices;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.stored.Precision;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The provider {@code cuda}: float32 on NVIDIA GPUs, by kernels that are compiled for the device
 * and by cuBLAS. A thread computes on device 0 if it was not bound to another one.
 */
public final class CudaKernelProvider implements KernelProvider {
  private static final ThreadLocal<Integer> DEVICE = ThreadLocal.withInitial(() -> 0);

  /** Loads nothing. */
  public CudaKernelProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int priority() {
    return 200;
  }

  @Override
  public String unavailable() {
    return CudaDevices.unavailable();
  }

  @Override
  public boolean supports(DataType type) {
    return type == DataType.FLOAT;
  }

  @Override
  public String library() {
    return CudaDevices.describe(DEVICE.get())
        + ", "
        + CudaDevices.versions()
        + (hasBfloat16()
            ? "; compute: bfloat16 also rounds attention to bfloat16 and adapters above"
                + " rank 32 to TF32"
            : "");
  }

  /** Tensor cores multiply bfloat16 from compute capability 8.0 on. */
  @Override
  public boolean hasBfloat16() {
    return CudaDevices.capability(DEVICE.get(), true) >= 8;
  }

  @Override
  public boolean multipliesStored() {
    return true;
  }

  @Override
  public int devices() {
    return CudaDevices.count();
  }

  @Override
  public int device() {
    return DEVICE.get();
  }

  @Override
  public void bindThread(int device) {
    Gpu gpu = CudaDevices.get(device);
    DEVICE.set(device);
    gpu.synchronizeAll();
  }

  @Override
  public DeviceUse deviceUse() {
    return gpu().use();
  }

  @Override
  public Kernels kernels(DataType type) {
    return kernels(type, Precision.FLOAT32);
  }

  @Override
  public Kernels kernels(DataType type, Precision precision) {
    return new CudaKernels(gpu(), hasBfloat16() ? precision : Precision.FLOAT32);
  }

  @Override
  public Storage allocate(DataType type, long length) {
    return CudaStorage.allocate(gpu(), length);
  }

  /** Does nothing. */
  @Override
  public void limitThreads(int threads) {}

  private static Gpu gpu() {
    return CudaDevices.get(DEVICE.get());
  }
}
