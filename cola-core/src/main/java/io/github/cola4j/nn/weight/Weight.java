package io.github.cola4j.nn.weight;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen weight W [out × in], however it is stored: what layers, methods and exports may know of
 * it. Its products allocate nothing but working memory of the pass.
 */
public interface Weight {

  /** A weight that lies in memory as the matrix that it is. */
  static Weight of(Matrix matrix) {
    return new MatrixWeight(matrix);
  }

  /** A table [in × out]: row i of W is its column i. */
  static Weight ofColumns(Matrix table) {
    return new TableWeight(table);
  }

  /** A weight that is multiplied as it is stored, with float32 matrices. */
  static Weight stored(StoredMatrix matrix, Precision precision) {
    return new StoredWeight(matrix, precision);
  }

  /** The element type of the matrices it is multiplied with. */
  DataType type();

  /** The output's width, rows of W. */
  int out();

  /** The input's width, columns of W. */
  int in();

  /** The memory that it takes. */
  long bytes();

  /** How and where it lies, for reports: {@code float32 in host memory}. */
  String place();

  /** Y ← alpha W X + beta Y for X [in × T] and Y [out × T]. */
  void multiply(Pass pass, double alpha, Matrix x, double beta, Matrix y);

  /** dX ← Wᵀ dY + beta dX for dY [out × T] and dX [in × T]. */
  void multiplyTransposed(Pass pass, Matrix dY, double beta, Matrix dX);

  /** The rows {@code from} (inclusive) to {@code to} (exclusive) as floats, row by row. */
  float[] rows(int from, int to);

  /** Column t of Y [in × n] ← row {@code rows[t]} of W, added to it if asked to. */
  default void gather(Pass pass, int[] rows, boolean accumulate, Matrix y) {
    var mark = pass.arena().mark();
    Matrix target = accumulate ? pass.matrix(in(), rows.length) : y;
    float[] columns = new float[Math.multiplyExact(in(), rows.length)];
    for (int t = 0; t < rows.length; t++) {
      System.arraycopy(rows(rows[t], rows[t] + 1), 0, columns, t * in(), in());
    }
    target.set(columns);
    if (accumulate) {
      pass.kernels().add(1, target, y);
    }
    pass.arena().release(mark);
  }

  /** W as a matrix to be read alone: its own memory, or a copy in the pass's working memory. */
  Matrix matrix(Pass pass);
}
