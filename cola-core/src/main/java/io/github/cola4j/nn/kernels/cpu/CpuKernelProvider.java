package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.kernels.nd4j.Nd4jBackend;
import io.github.cola4j.nn.kernels.nd4j.Nd4jStorage;
import io.github.cola4j.nn.kernels.onednn.OneDnn;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The provider {@code cpu}: float32 by oneDNN and the Vector API, on ND4J's host memory. Nothing
 * here touches the Vector API before {@link #kernels} is called.
 */
public final class CpuKernelProvider implements KernelProvider {

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public String unavailable() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return "the Vector API is not enabled; start the JVM with --add-modules"
          + " jdk.incubator.vector (on a cluster in spark.driver.extraJavaOptions and"
          + " spark.executor.extraJavaOptions)";
    }
    return Nd4jBackend.isHost() ? null : "ND4J's memory is not the CPU's, it has its CUDA backend";
  }

  @Override
  public boolean supports(DataType type) {
    return type == DataType.FLOAT;
  }

  @Override
  public String library() {
    return OneDnn.description();
  }

  @Override
  public boolean hasBfloat16() {
    return OneDnn.multipliesBfloat16();
  }

  @Override
  public boolean multipliesStored() {
    return true;
  }

  @Override
  public Kernels kernels(DataType type) {
    return new CpuKernels();
  }

  @Override
  public Storage allocate(DataType type, long length) {
    return Nd4jStorage.allocate(type, length);
  }

  @Override
  public void limitThreads(int threads) {
    openblas_nolapack.blas_set_num_threads(threads);
    OneDnn.limitThreads(threads);
  }
}
