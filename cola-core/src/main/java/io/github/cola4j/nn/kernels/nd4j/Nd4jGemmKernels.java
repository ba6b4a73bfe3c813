package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.TiledProduct;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Matrix multiplication by ND4J. */
final class Nd4jGemmKernels implements GemmKernels {
  private final TiledProduct tiled = new TiledProduct(this);

  @Override
  public void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c) {
    INDArray left = contiguous(a);
    INDArray right = contiguous(b);
    if (c.isContiguous()) {
      INDArray result = Matrix.over(c.storage(), c.offset(), c.rows(), c.columns()).array();
      Nd4j.gemm(left, right, result, transposeA, transposeB, alpha, beta);
    } else {
      INDArray result = beta == 0 ? contiguousLike(c) : c.array().dup('f');
      Nd4j.gemm(left, right, result, transposeA, transposeB, alpha, beta);
      c.array().assign(result);
    }
  }

  @Override
  public void gemm(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Matrix x,
      boolean accumulate,
      Matrix y) {
    tiled.multiply(w, transpose, precision, x, accumulate, y);
  }

  static INDArray contiguous(Matrix m) {
    return m.isContiguous() ? m.array() : m.array().dup('f');
  }

  private static INDArray contiguousLike(Matrix m) {
    return Nd4j.createUninitialized(m.type(), new long[] {m.rows(), m.columns()}, 'f');
  }
}
