package io.github.cola4j.nn.weight;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import org.nd4j.linalg.api.buffer.DataType;

/** A {@link Weight} in the type that is computed with: {@link Kernels} multiply it as it lies. */
record MatrixWeight(Matrix matrix) implements Weight {

  @Override
  public DataType type() {
    return matrix.type();
  }

  @Override
  public int out() {
    return matrix.rows();
  }

  @Override
  public int in() {
    return matrix.columns();
  }

  @Override
  public long bytes() {
    return matrix.length() * matrix.type().width();
  }

  @Override
  public String place() {
    return (matrix.type() == DataType.FLOAT ? "float32" : "float64")
        + " in "
        + matrix.storage().place();
  }

  @Override
  public void multiply(Pass pass, double alpha, Matrix x, double beta, Matrix y) {
    pass.kernels().gemm(alpha, matrix, false, x, false, beta, y);
  }

  @Override
  public void multiplyTransposed(Pass pass, Matrix dY, double beta, Matrix dX) {
    pass.kernels().gemm(1, matrix, true, dY, false, beta, dX);
  }

  @Override
  public float[] rows(int from, int to) {
    int count = to - from;
    float[] columns = matrix.rows(from, to).toArray();
    float[] rows = new float[columns.length];
    for (int j = 0; j < matrix.columns(); j++) {
      for (int i = 0; i < count; i++) {
        rows[i * matrix.columns() + j] = columns[j * count + i];
      }
    }
    return rows;
  }

  @Override
  public Matrix matrix(Pass pass) {
    return matrix;
  }

  @Override
  public String toString() {
    return matrix + ", " + place();
  }
}
