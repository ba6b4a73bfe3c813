package io.github.cola4j.nn.weight;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A {@link Weight} that is multiplied as it is stored, with float32 matrices.
 *
 * @param matrix W
 * @param precision how its products take their inputs
 */
record StoredWeight(StoredMatrix matrix, Precision precision) implements Weight {
  /** Elements decoded at once where no kernel takes the stored ones. */
  private static final int TILE = 1 << 18;

  @Override
  public DataType type() {
    return DataType.FLOAT;
  }

  @Override
  public int out() {
    return matrix.out();
  }

  @Override
  public int in() {
    return matrix.in();
  }

  @Override
  public long bytes() {
    return matrix.bytes();
  }

  @Override
  public String place() {
    return matrix.place();
  }

  @Override
  public void multiply(Pass pass, double alpha, Matrix x, double beta, Matrix y) {
    if (alpha == 1 && (beta == 0 || beta == 1)) {
      pass.kernels().gemm(matrix, false, precision, x, beta == 1, y);
      return;
    }
    var mark = pass.arena().mark();
    Matrix product = pass.matrix(out(), x.columns());
    pass.kernels().gemm(matrix, false, precision, x, false, product);
    if (beta == 0) {
      pass.kernels().fill(0, y);
    } else if (beta != 1) {
      pass.kernels().add(beta - 1, y, y);
    }
    pass.kernels().add(alpha, product, y);
    pass.arena().release(mark);
  }

  @Override
  public void multiplyTransposed(Pass pass, Matrix dY, double beta, Matrix dX) {
    if (beta != 0 && beta != 1) {
      pass.kernels().add(beta - 1, dX, dX);
    }
    pass.kernels().gemm(matrix, true, precision, dY, beta != 0, dX);
  }

  @Override
  public float[] rows(int from, int to) {
    float[] rows = new float[Math.multiplyExact(to - from, in())];
    matrix.decode(from, to - from, rows, 0);
    return rows;
  }

  @Override
  public void gather(Pass pass, int[] rows, boolean accumulate, Matrix y) {
    if (!accumulate) {
      pass.kernels().gather(matrix, rows, y);
      return;
    }
    var mark = pass.arena().mark();
    Matrix some = pass.matrix(in(), rows.length);
    pass.kernels().gather(matrix, rows, some);
    pass.kernels().add(1, some, y);
    pass.arena().release(mark);
  }

  @Override
  public Matrix matrix(Pass pass) {
    Matrix copy = pass.matrix(out(), in());
    int some = Math.max(1, TILE / Math.max(1, in()));
    for (int from = 0; from < out(); from += some) {
      copy.setRows(from, rows(from, Math.min(out(), from + some)));
    }
    return copy;
  }

  @Override
  public String toString() {
    return matrix + ", computes in " + precision;
  }
}
