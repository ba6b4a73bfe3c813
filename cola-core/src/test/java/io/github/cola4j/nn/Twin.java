package io.github.cola4j.nn;

import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;

/** The same elements in both precisions: for the portable kernels and for the CPU's. */
record Twin(Matrix wide, Matrix narrow) {
  static Twin random(int rows, int columns, Random random) {
    Matrix wide = Matrices.random(DataType.DOUBLE, rows, columns, random);
    return new Twin(wide, Matrix.of(DataType.FLOAT, rows, columns, wide.toArray()));
  }

  Matrix get(boolean isNarrow) {
    return isNarrow ? narrow : wide;
  }
}
