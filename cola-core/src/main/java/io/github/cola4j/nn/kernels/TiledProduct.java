package io.github.cola4j.nn.kernels;

import io.github.cola4j.nn.Arena;
import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.stored.Halves;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;

/**
 * Products with a {@link StoredMatrix} for which the machine has no kernel: some rows at a time are
 * decoded and multiplied as matrices. Belongs to one thread.
 */
public final class TiledProduct {
  /** Elements decoded at once: they stay in the second cache. */
  private static final int TILE = 1 << 17;

  private final GemmKernels gemm;
  private float[] rows = new float[0];

  /** Multiplies by some kernels' {@code gemm} of matrices. */
  public TiledProduct(GemmKernels gemm) {
    this.gemm = gemm;
  }

  /** See {@link GemmKernels#gemm(StoredMatrix, boolean, Precision, Matrix, boolean, Matrix)}. */
  public void multiply(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Matrix x,
      boolean accumulate,
      Matrix y) {
    int some = Math.max(1, Math.min(w.out(), TILE / Math.max(1, w.in())));
    try (Arena arena = new Arena(x.type())) {
      Matrix input = x;
      if (precision == Precision.BFLOAT16) {
        input = arena.matrix(x.rows(), x.columns());
        input.set(rounded(x.toArray()));
      }
      Matrix tile = arena.matrix(w.in(), some); // rows of W as columns
      for (int first = 0; first < w.out(); first += some) {
        int count = Math.min(some, w.out() - first);
        Matrix part = tile.columns(0, count);
        part.set(decoded(w, first, count, precision));
        if (transpose) {
          gemm.gemm(
              1,
              part,
              false,
              input.rows(first, first + count),
              false,
              accumulate || first > 0 ? 1 : 0,
              y);
        } else {
          gemm.gemm(1, part, true, input, false, accumulate ? 1 : 0, y.rows(first, first + count));
        }
      }
    }
  }

  private float[] decoded(StoredMatrix w, int first, int count, Precision precision) {
    int length = count * w.in();
    if (rows.length != length) {
      rows = new float[length];
    }
    w.decode(first, count, rows, 0);
    return precision == Precision.BFLOAT16 ? rounded(rows) : rows;
  }

  private static float[] rounded(float[] elements) {
    for (int i = 0; i < elements.length; i++) {
      elements[i] = Halves.fromBfloat16(Halves.toBfloat16(elements[i]));
    }
    return elements;
  }
}
