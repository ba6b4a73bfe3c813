package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.stored.Precision;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The provider {@code emulated}, from test sources alone: the CUDA kernels on an {@link
 * EmulatedGpu}. It is taken only where {@code -Dcola.kernels} forces it.
 */
public final class EmulatedKernelProvider implements KernelProvider {
  private final EmulatedGpu gpu;

  /** A device that runs the first thread of a block first. */
  public EmulatedKernelProvider() {
    this(0);
  }

  EmulatedKernelProvider(int order) {
    this.gpu = new EmulatedGpu(order);
  }

  /** What was asked of the device: launches by kernel, {@code gemm}, {@code transfer}. */
  public Map<String, Long> calls() {
    return gpu.calls();
  }

  @Override
  public String name() {
    return "emulated";
  }

  @Override
  public int priority() {
    return -200;
  }

  @Override
  public String unavailable() {
    return Emulator.unavailable();
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
    return gpu.use();
  }

  @Override
  public Kernels kernels(DataType type) {
    return kernels(type, Precision.FLOAT32);
  }

  @Override
  public Kernels kernels(DataType type, Precision precision) {
    return new CudaKernels(gpu, precision);
  }

  @Override
  public Storage allocate(DataType type, long length) {
    return CudaStorage.allocate(gpu, length);
  }

  @Override
  public void limitThreads(int threads) {}
}
