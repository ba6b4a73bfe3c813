package io.github.cola4j.nn.kernels;

import io.github.cola4j.nn.Arena;
import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.stored.Halves;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;

/**
 * Products with a {@link StoredMatrix} for which the machine has no kernel: some rows at a time are
 * decoded and multiplied as matrices. Belongs to one thread, whose working memory it keeps.
 */
public final class TiledProduct {
  /** Elements decoded at once: they stay in the second cache. */
  private static final int TILE = 1 << 17;

  private final GemmKernels gemm;
  private Arena arena; // made when the type is known
  private float[] elements = new float[0];

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
    if (arena == null || arena.type() != x.type()) {
      arena = new Arena(x.type());
    }
    arena.reset();
    boolean round = precision == Precision.BFLOAT16;
    int some = Math.max(1, Math.min(w.out(), TILE / Math.max(1, w.in())));
    Matrix input = round ? rounded(w, transpose, x) : x;
    Matrix tile = arena.matrix(w.in(), some); // rows of W as columns
    for (int first = 0; first < w.out(); first += some) {
      int count = Math.min(some, w.out() - first);
      Matrix part = tile.columns(0, count);
      decode(w, transpose, round, first, count, part);
      if (transpose) {
        Matrix rows = input.rows(first, first + count);
        gemm.gemm(1, part, false, rows, false, accumulate || first > 0 ? 1 : 0, y);
      } else {
        gemm.gemm(1, part, true, input, false, accumulate ? 1 : 0, y.rows(first, first + count));
      }
    }
  }

  private void decode(
      StoredMatrix w, boolean transpose, boolean round, int first, int count, Matrix tile) {
    int length = count * w.in();
    atLeast(length);
    if (round && w instanceof Int8Matrix integers) {
      if (transpose) {
        integers.integers(first, count, elements, 0);
      } else {
        integers.decode(first, count, elements, 0); // q is exact; its scale is not rounded
      }
    } else {
      w.decode(first, count, elements, 0);
      if (round) {
        round(length);
      }
    }
    tile.storage().write(tile.offset(), elements, 0, length);
  }

  /** X in bfloat16: times the scales before, where Wᵀ has them at its columns. */
  private Matrix rounded(StoredMatrix w, boolean transpose, Matrix x) {
    Matrix input = arena.matrix(x.rows(), x.columns());
    atLeast(x.rows());
    for (int t = 0; t < x.columns(); t++) {
      x.storage().read(x.offset() + (long) t * x.stride(), elements, 0, x.rows());
      if (transpose && w instanceof Int8Matrix integers) {
        for (int i = 0; i < x.rows(); i++) {
          elements[i] *= integers.scales().bytes().getFloat(4 * i);
        }
      }
      round(x.rows());
      input.storage().write(input.offset() + (long) t * input.stride(), elements, 0, x.rows());
    }
    return input;
  }

  private void round(int count) {
    for (int i = 0; i < count; i++) {
      elements[i] = Halves.fromBfloat16(Halves.toBfloat16(elements[i]));
    }
  }

  private void atLeast(int length) {
    if (elements.length < length) {
      elements = new float[length];
    }
  }
}
