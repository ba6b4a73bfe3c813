package io.github.cola4j.nn;

/** Matrix multiplication. {@link Kernels} has what holds for all. */
public interface GemmKernels {

  /** C ← alpha · op(A) op(B) + beta · C, where op transposes if asked to. */
  void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c);
}
