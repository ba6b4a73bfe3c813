package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/** Copies of matrices in plain Java doubles, to compute what is expected without ND4J. */
public final class Plain {
  private Plain() {}

  /** A copy. */
  public static RealMatrix of(Matrix m) {
    return of(m.rows(), m.columns(), m.toDoubles());
  }

  /** A matrix from its elements column by column. */
  public static RealMatrix of(int rows, int columns, double[] elements) {
    RealMatrix plain = MatrixUtils.createRealMatrix(rows, columns);
    for (int i = 0; i < elements.length; i++) {
      plain.setEntry(i % rows, i / rows, elements[i]);
    }
    return plain;
  }

  /** The elements column by column. */
  public static double[] flat(RealMatrix m) {
    return Arrays.stream(m.transpose().getData()).flatMapToDouble(Arrays::stream).toArray();
  }
}
