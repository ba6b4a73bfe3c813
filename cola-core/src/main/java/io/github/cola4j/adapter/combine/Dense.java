package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.TruncatedSvd;

/** Changes element by element: what rules need that look at single weights. */
final class Dense {
  private Dense() {}

  /** ΔW, column by column. */
  static float[] of(LowRank change) {
    Matrix product = Matrix.zeros(change.a().type(), change.b().rows(), change.a().rows());
    Kernels.forThread(product.type()).gemm(1, change.b(), false, change.a(), true, 0, product);
    return product.toArray();
  }

  /** The best approximation by a rank. */
  static LowRank approximated(float[] elements, LowRank like, int rank, long seed) {
    int out = like.b().rows();
    int in = like.a().rows();
    int size = Math.min(rank, Math.min(out, in));
    TruncatedSvd svd =
        LinearAlgebra.truncatedSvd(Matrix.of(like.a().type(), out, in, elements), size, seed);
    Matrix a = Matrix.zeros(like.a().type(), in, size);
    Matrix b = Matrix.zeros(like.b().type(), out, size);
    svd.copyRight(0, size, 1, 1, a, 0);
    svd.copyLeft(0, size, 1, 1, b, 0);
    return new LowRank(a, b);
  }
}
