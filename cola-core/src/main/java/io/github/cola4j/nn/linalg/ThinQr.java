package io.github.cola4j.nn.linalg;

import io.github.cola4j.nn.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * A thin QR decomposition M = Q R of an [n × c] matrix.
 *
 * @param q Q column by column, [k][n]: orthonormal columns, and zeros for columns of M that depend
 *     on those before
 * @param r R [k × c], upper triangular; k is c, or at most n where n is less than c
 */
public record ThinQr(double[][] q, RealMatrix r) {

  /**
   * Gram–Schmidt, each column twice ("twice is enough"): ‖QᵀQ − I‖ and ‖M − QR‖ / ‖M‖ are a few
   * units of double precision.
   *
   * @param dependent a column of which no more than this share is left depends on those before
   */
  static ThinQr of(Matrix m, double dependent) {
    double[] elements = m.toDoubles();
    int rows = m.rows();
    int columns = m.columns();
    List<double[]> q = new ArrayList<>();
    double[][] r = new double[columns][columns];
    for (int k = 0; k < columns; k++) {
      double[] rest = Arrays.copyOfRange(elements, k * rows, (k + 1) * rows);
      double before = Math.sqrt(dot(rest, rest));
      for (int pass = 0; pass < 2; pass++) {
        for (int l = 0; l < q.size(); l++) {
          double along = dot(q.get(l), rest);
          r[l][k] += along;
          for (int i = 0; i < rows; i++) {
            rest[i] -= along * q.get(l)[i];
          }
        }
      }
      double length = Math.sqrt(dot(rest, rest));
      boolean depends = length <= dependent * before; // NaN does not, so that it is seen
      if (!depends && q.size() < rows) {
        r[q.size()][k] = length;
        q.add(Arrays.stream(rest).map(x -> x / length).toArray());
      } else if (columns <= rows) {
        q.add(new double[rows]);
      }
    }
    if (q.isEmpty()) {
      q.add(new double[rows]);
    }
    return new ThinQr(
        q.toArray(double[][]::new), new Array2DRowRealMatrix(Arrays.copyOf(r, q.size()), false));
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
