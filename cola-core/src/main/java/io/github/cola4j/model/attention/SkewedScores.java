package io.github.cola4j.model.attention;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.function.BiConsumer;

/**
 * Scores by distance as scores by place, without copying one: C [(2n − 1) × n] has in column i, row
 * j − i + n − 1 what belongs into row j of column i of a square [n × n]. With one element less from
 * a column to the next, the square is a part of C as it lies (the relative shift of arXiv
 * 1901.02860).
 */
public final class SkewedScores {
  /** Columns that are transposed at a time: by a matrix multiplication, whose inner size it is. */
  private static final int BLOCK = 32;

  private SkewedScores() {}

  /**
   * The square within C.
   *
   * @param scores C, contiguous
   */
  public static Matrix square(Matrix scores) {
    int n = scores.columns();
    if (scores.rows() != 2 * n - 1 || !scores.isContiguous()) {
      throw new IllegalArgumentException(
          "expected contiguous scores of 2n - 1 distances by n places, got " + scores);
    }
    return n == 1
        ? scores
        : Matrix.over(scores.storage(), scores.offset() + n - 1, 2 * n - 2, n).rows(0, n);
  }

  /** What {@link #addTransposed} and {@link #transpose} need, in the pass's working memory. */
  public static Matrix identity(Pass pass) {
    float[] elements = new float[BLOCK * BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      elements[i * BLOCK + i] = 1;
    }
    Matrix identity = pass.matrix(BLOCK, BLOCK);
    identity.set(elements);
    return identity;
  }

  /** Y ← Y + Xᵀ, both [n × n]. */
  public static void addTransposed(Pass pass, Matrix identity, Matrix x, Matrix y) {
    forEachBlock(
        x.rows(),
        (from, to) ->
            pass.kernels()
                .gemm(
                    1,
                    x.rows(from, to),
                    true,
                    corner(identity, to - from),
                    false,
                    1,
                    y.columns(from, to)));
  }

  /** Y ← Xᵀ, both [n × n]. */
  public static void transpose(Pass pass, Matrix identity, Matrix x, Matrix y) {
    forEachBlock(
        x.rows(),
        (from, to) ->
            pass.kernels()
                .gemm(
                    1,
                    corner(identity, to - from),
                    false,
                    x.columns(from, to),
                    true,
                    0,
                    y.rows(from, to)));
  }

  private static void forEachBlock(int n, BiConsumer<Integer, Integer> block) {
    for (int from = 0; from < n; from += BLOCK) {
      block.accept(from, Math.min(n, from + BLOCK));
    }
  }

  private static Matrix corner(Matrix identity, int size) {
    return identity.rows(0, size).columns(0, size);
  }
}
