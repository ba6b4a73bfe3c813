package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Matrix;

/** Copies of single columns between a matrix and heap arrays. */
final class Columns {
  private Columns() {}

  /** Where a column starts in the matrix's memory. */
  static long at(Matrix m, int column) {
    return m.offset() + (long) column * m.stride();
  }

  /** The first column, in the array or in a new one where that is shorter. */
  static float[] read(Matrix m, float[] target) {
    float[] elements = VectorMath.atLeast(target, m.rows());
    read(m, 0, elements);
    return elements;
  }

  static void read(Matrix m, int column, float[] target) {
    m.storage().read(at(m, column), target, 0, m.rows());
  }

  static void write(float[] source, Matrix m, int column) {
    m.storage().write(at(m, column), source, 0, m.rows());
  }
}
