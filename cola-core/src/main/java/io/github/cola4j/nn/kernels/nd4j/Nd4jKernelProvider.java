package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Storage;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The portable provider {@code nd4j}: float32 and float64, wherever ND4J runs. */
public final class Nd4jKernelProvider implements KernelProvider {

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public String unavailable() {
    return null;
  }

  @Override
  public boolean supports(DataType type) {
    return type == DataType.FLOAT || type == DataType.DOUBLE;
  }

  @Override
  public boolean multipliesStored() {
    return Nd4jBackend.isHost();
  }

  @Override
  public int devices() {
    return Nd4jBackend.isHost() ? 0 : Nd4j.getAffinityManager().getNumberOfDevices();
  }

  @Override
  public int device() {
    return Nd4jBackend.isHost() ? 0 : Nd4j.getAffinityManager().getDeviceForCurrentThread();
  }

  @Override
  public void bindThread(int device) {
    if (Nd4jBackend.isHost() ? device != 0 : device < 0 || device >= devices()) {
      throw new IllegalArgumentException(
          "expected the number of one of ND4J's devices, got " + device);
    }
    if (device != device()) {
      Nd4j.getAffinityManager().unsafeSetDevice(device);
    }
  }

  @Override
  public Kernels kernels(DataType type) {
    return new Nd4jKernels();
  }

  @Override
  public Storage allocate(DataType type, long length) {
    return Nd4jStorage.allocate(type, length);
  }

  /** Does nothing on a GPU. */
  @Override
  public void limitThreads(int threads) {
    if (Nd4jBackend.isHost()) {
      openblas_nolapack.blas_set_num_threads(threads);
      NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
    }
  }
}
