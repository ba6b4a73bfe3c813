package io.github.cola4j.nn;

import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.List;

/** Matrix multiplication. {@link Kernels} has what holds for all. */
public interface GemmKernels {

  /** C ← alpha · op(A) op(B) + beta · C, as {@link GemmKernels#gemm} has it. */
  record Gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c) {}

  /**
   * How many columns of a wide product are computed at a time where more would only take memory: so
   * many that the machine is at its best.
   */
  default int columnsAtOnce() {
    return 128;
  }

  /** C ← alpha · op(A) op(B) + beta · C, where op transposes if asked to. */
  void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c);

  /**
   * Several GEMMs of which none needs another: no C overlaps an A, B or C of the others. A device
   * may launch them together. Each has the bits that it has alone, whatever is beside it.
   */
  default void gemms(List<Gemm> all) {
    for (Gemm one : all) {
      gemm(one.alpha, one.a, one.transposeA, one.b, one.transposeB, one.beta, one.c);
    }
  }

  /**
   * Y ← op(W) X, or Y ← op(W) X + Y, for a frozen W [out × in] as it is stored; op transposes if
   * asked to. Nothing is decoded as a whole.
   *
   * @param precision {@link Precision#BFLOAT16} rounds W and X first
   * @param x float32
   */
  void gemm(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Matrix x,
      boolean accumulate,
      Matrix y);
}
