package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.kernels.cuda.device.CudaDevices;
import io.github.cola4j.nn.stored.Precision;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The provider {@code timed}, from test sources alone: the CUDA kernels on a {@link TimedGpu}. It
 * is taken only where {@code -Dcola.kernels} forces it.
 */
public final class TimedKernelProvider implements KernelProvider {
  private TimedGpu gpu;

  /** Loads nothing. */
  public TimedKernelProvider() {}

  /** Forgets all times. */
  public static void reset() {
    TimedGpu.reset();
  }

  /** Calls and seconds by what was called, the longest first. */
  public static Map<String, double[]> times() {
    return TimedGpu.times();
  }

  @Override
  public String name() {
    return "timed";
  }

  @Override
  public int priority() {
    return -300;
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
  public boolean multipliesStored() {
    return true;
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
    return new CudaKernels(gpu(), precision);
  }

  @Override
  public Storage allocate(DataType type, long length) {
    return CudaStorage.allocate(gpu(), length);
  }

  @Override
  public void limitThreads(int threads) {}

  private synchronized TimedGpu gpu() {
    if (gpu == null) {
      gpu = new TimedGpu(CudaDevices.get(0));
    }
    return gpu;
  }
}
