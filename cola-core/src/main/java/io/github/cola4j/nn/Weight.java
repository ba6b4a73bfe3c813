package io.github.cola4j.nn;

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

  /** W as a matrix to be read alone: its own memory, or a copy in the pass's working memory. */
  Matrix matrix(Pass pass);
}
