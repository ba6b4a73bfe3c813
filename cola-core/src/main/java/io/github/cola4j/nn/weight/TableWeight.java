package io.github.cola4j.nn.weight;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import org.nd4j.linalg.api.buffer.DataType;

/** A {@link Weight} whose rows lie in memory as the columns of a table [in × out]. */
record TableWeight(Matrix table) implements Weight {

  @Override
  public DataType type() {
    return table.type();
  }

  @Override
  public int out() {
    return table.columns();
  }

  @Override
  public int in() {
    return table.rows();
  }

  @Override
  public long bytes() {
    return table.length() * table.type().width();
  }

  @Override
  public String place() {
    return Weight.of(table).place();
  }

  @Override
  public void multiply(Pass pass, double alpha, Matrix x, double beta, Matrix y) {
    pass.kernels().gemm(alpha, table, true, x, false, beta, y);
  }

  @Override
  public void multiplyTransposed(Pass pass, Matrix dY, double beta, Matrix dX) {
    pass.kernels().gemm(1, table, false, dY, false, beta, dX);
  }

  @Override
  public float[] rows(int from, int to) {
    return table.columns(from, to).toArray();
  }

  @Override
  public void gather(Pass pass, int[] rows, boolean accumulate, Matrix y) {
    pass.kernels().gather(table, rows, accumulate, y);
  }

  @Override
  public Matrix matrix(Pass pass) {
    Matrix copy = pass.matrix(out(), in());
    copy.setRows(0, table.toArray());
    return copy;
  }

  @Override
  public String toString() {
    return table + ", " + place();
  }
}
