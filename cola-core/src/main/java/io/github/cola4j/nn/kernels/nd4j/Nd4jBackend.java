package io.github.cola4j.nn.kernels.nd4j;

import org.nd4j.linalg.factory.Nd4j;

/** What ND4J runs on. Asked once: the backend does not change in a JVM. */
public final class Nd4jBackend {
  private static final boolean HOST =
      !Nd4j.getBackend().getClass().getSimpleName().contains("Cublas")
          && !Nd4j.getBackend().getClass().getSimpleName().contains("Cuda");

  private Nd4jBackend() {}

  /** Whether ND4J memory is host memory, that is, the backend is the CPU's. */
  public static boolean isHost() {
    return HOST;
  }
}
