package io.github.cola4j.adapter.pairing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * P = U V with the inner size k as small as grouping equal rows or columns gives: the number of
 * products that the two GEMMs carry. Full pairing has k = 1 whatever M and N.
 *
 * @param u [M × k]
 * @param v [k × N]
 */
public record Factors(double[][] u, double[][] v) {

  /** k, the inner size. */
  public int size() {
    return v.length;
  }

  /** Groups the rows or the columns of P, whichever are fewer; entries are kept as they are. */
  public static Factors of(double[][] p) {
    double[][] columns = transpose(p);
    List<double[]> distinctRows = distinct(p);
    List<double[]> distinctColumns = distinct(columns);
    if (distinctRows.size() <= distinctColumns.size()) {
      return new Factors(membership(p, distinctRows), distinctRows.toArray(new double[0][]));
    }
    return new Factors(
        transpose(distinctColumns.toArray(new double[0][])),
        transpose(membership(columns, distinctColumns)));
  }

  /** P = I P: no two A matrices merged, as a dropout mask for each of them needs it. */
  public static Factors byRow(double[][] p) {
    double[][] identity = new double[p.length][p.length];
    for (int i = 0; i < p.length; i++) {
      identity[i][i] = 1;
    }
    return new Factors(identity, p);
  }

  private static List<double[]> distinct(double[][] rows) {
    List<double[]> distinct = new ArrayList<>();
    for (double[] row : rows) {
      boolean isZero = Arrays.stream(row).allMatch(x -> x == 0);
      if (!isZero && distinct.stream().noneMatch(other -> Arrays.equals(other, row))) {
        distinct.add(row);
      }
    }
    return distinct;
  }

  /** Row i has a 1 where the distinct row equals row i. */
  private static double[][] membership(double[][] rows, List<double[]> distinct) {
    double[][] membership = new double[rows.length][distinct.size()];
    for (int i = 0; i < rows.length; i++) {
      for (int k = 0; k < distinct.size(); k++) {
        membership[i][k] = Arrays.equals(rows[i], distinct.get(k)) ? 1 : 0;
      }
    }
    return membership;
  }

  private static double[][] transpose(double[][] matrix) {
    int columns = matrix.length == 0 ? 0 : matrix[0].length;
    double[][] transposed = new double[columns][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < columns; j++) {
        transposed[j][i] = matrix[i][j];
      }
    }
    return transposed;
  }
}
