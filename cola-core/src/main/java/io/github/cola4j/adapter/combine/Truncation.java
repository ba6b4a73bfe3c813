package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Matrix;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * The best approximation of a product B A by one of a smaller rank (arXiv 2310.01886, BYOM-LoRA):
 * thin QR of both factors, B = Q_b R_b and Aᵀ = Q_a R_a, and the decomposition of the small R_b
 * R_aᵀ = U S Vᵀ; then ΔW = (Q_b U √S)(Q_a V √S)ᵀ. Nothing of ΔW's size is made; in float64.
 */
public final class Truncation {
  private final double[][] left; // columns of Q_b U
  private final double[][] right; // columns of Q_a V
  private final double[] values;
  private final LowRank change;

  private Truncation(LowRank change, double[][] left, double[][] right, double[] values) {
    this.change = change;
    this.left = left;
    this.right = right;
    this.values = values;
  }

  /** The singular values and vectors of a change. */
  public static Truncation of(LowRank change) {
    double[][] b = columns(change.b());
    double[][] a = columns(change.a());
    double[][] basisB = orthonormalized(b);
    double[][] basisA = orthonormalized(a);
    RealMatrix core = coordinates(basisB, b).multiply(coordinates(basisA, a).transpose());
    var svd = new SingularValueDecomposition(core);
    return new Truncation(
        change, mixed(basisB, svd.getU()), mixed(basisA, svd.getV()), svd.getSingularValues());
  }

  /** The singular values of ΔW, descending; as many as the change has columns. */
  public double[] values() {
    return values.clone();
  }

  /** The smallest rank that keeps a share of Σ σ². */
  public int rankFor(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("the share to keep must be in (0, 1], got " + share);
    }
    double all = 0;
    for (double value : values) {
      all += value * value;
    }
    double kept = 0;
    int rank = 0;
    while (rank < values.length && (rank == 0 || kept < share * all)) {
      kept += values[rank] * values[rank];
      rank++;
    }
    return rank;
  }

  /** How much of Σ σ² the leading ones hold; 1 of a change that is zero. */
  public double kept(int rank) {
    double all = 0;
    double kept = 0;
    for (int k = 0; k < values.length; k++) {
      all += values[k] * values[k];
      kept += k < rank ? values[k] * values[k] : 0;
    }
    return all == 0 ? 1 : kept / all;
  }

  /** The best change of at most this rank. */
  public LowRank to(int rank) {
    if (rank < 1) {
      throw new IllegalArgumentException("the rank must be at least 1, got " + rank);
    }
    int size = Math.min(rank, values.length);
    return new LowRank(scaled(right, size, change.a()), scaled(left, size, change.b()));
  }

  private Matrix scaled(double[][] vectors, int rank, Matrix like) {
    float[] elements = new float[like.rows() * rank];
    for (int k = 0; k < rank; k++) {
      double root = Math.sqrt(values[k]);
      for (int i = 0; i < like.rows(); i++) {
        elements[k * like.rows() + i] = (float) (root * vectors[k][i]);
      }
    }
    return Matrix.of(like.type(), like.rows(), rank, elements);
  }

  private static double[][] columns(Matrix m) {
    double[] elements = m.toDoubles();
    double[][] columns = new double[m.columns()][m.rows()];
    for (int k = 0; k < columns.length; k++) {
      System.arraycopy(elements, k * m.rows(), columns[k], 0, m.rows());
    }
    return columns;
  }

  /** Gram–Schmidt, done twice; a column that depends on those before becomes zero. */
  private static double[][] orthonormalized(double[][] columns) {
    double[][] basis = new double[columns.length][];
    for (int k = 0; k < columns.length; k++) {
      double[] column = columns[k].clone();
      double before = norm(column);
      for (int pass = 0; pass < 2; pass++) {
        for (int l = 0; l < k; l++) {
          double along = dot(column, basis[l]);
          for (int i = 0; i < column.length; i++) {
            column[i] -= along * basis[l][i];
          }
        }
      }
      double norm = norm(column);
      boolean dependent = norm <= 1e-12 * before;
      for (int i = 0; i < column.length; i++) {
        column[i] = dependent ? 0 : column[i] / norm;
      }
      basis[k] = column;
    }
    return basis;
  }

  /** R = Qᵀ C. */
  private static RealMatrix coordinates(double[][] basis, double[][] columns) {
    double[][] r = new double[basis.length][columns.length];
    for (int k = 0; k < basis.length; k++) {
      for (int c = 0; c < columns.length; c++) {
        r[k][c] = dot(basis[k], columns[c]);
      }
    }
    return new Array2DRowRealMatrix(r, false);
  }

  /** The columns of Q M. */
  private static double[][] mixed(double[][] basis, RealMatrix m) {
    double[][] columns = new double[m.getColumnDimension()][basis[0].length];
    for (int k = 0; k < columns.length; k++) {
      for (int l = 0; l < basis.length; l++) {
        double weight = m.getEntry(l, k);
        for (int i = 0; i < basis[l].length; i++) {
          columns[k][i] += weight * basis[l][i];
        }
      }
    }
    return columns;
  }

  private static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
