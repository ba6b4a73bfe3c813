package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * The best approximation of a change ΔW = B A by one of a smaller rank, from thin QRs of both
 * factors and the singular value decomposition of a matrix of at most R × R (as BYOM, arXiv
 * 2310.01886); the product [out × in] is never formed:
 *
 * <pre>B = Q_b R_b    Aᵀ = Q_a R_a    R_b R_aᵀ = U S Vᵀ    B' = Q_b U √S    A'ᵀ = Q_a V √S</pre>
 */
public final class LowRankTruncation {
  /** A column whose rest is smaller than this share of it depends on those before. */
  private static final double DEPENDENT = 1e-10;

  /** Half a unit in the last place of float32, of the largest singular value. */
  private static final double FLOAT = 0x1p-24;

  private final Matrix like;
  private final Qr left; // B
  private final Qr right; // Aᵀ
  private final SingularValueDecomposition svd;

  /**
   * @param q Q [n × k], its columns: orthonormal ones, and zeros for columns that depend on others
   * @param r R [k × R]; k is R, or at most n where that is less
   */
  private record Qr(double[][] q, RealMatrix r) {}

  /** Decomposes a change. */
  public LowRankTruncation(LowRank change) {
    this.like = change.a();
    this.left = qr(change.b());
    this.right = qr(change.a());
    this.svd = new SingularValueDecomposition(left.r.multiply(right.r.transpose()));
  }

  /** The singular values of ΔW that can differ from 0, descending. */
  public double[] values() {
    return svd.getSingularValues();
  }

  /** The smallest rank, at least 1, that keeps a share of Σσ². */
  public int rankFor(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("the share to keep must be in (0, 1], got " + share);
    }
    for (int rank = 1; rank < values().length; rank++) {
      if (kept(rank) >= share) {
        return rank;
      }
    }
    return values().length;
  }

  /** The smallest rank, at least 1, that leaves out nothing that float32 resolves. */
  public int exactRank() {
    double[] values = values();
    int rank = 1;
    while (rank < values.length && values[rank] > FLOAT * values[0]) {
      rank++;
    }
    return rank;
  }

  /** The share of Σσ² that a rank keeps; 1 for a change of zero. */
  public double kept(int rank) {
    return kept(values(), rank);
  }

  /** The share of Σσ² that a rank keeps of some singular values; 1 if they are all zero. */
  public static double kept(double[] values, int rank) {
    double all = 0;
    double kept = 0;
    for (int k = 0; k < values.length; k++) {
      double square = values[k] * values[k];
      all += square;
      kept += k < rank ? square : 0;
    }
    return all == 0 ? 1 : kept / all;
  }

  /** ΔW to a rank, or the rank it has if that is less. */
  public LowRank to(int rank) {
    if (rank < 1) {
      throw new IllegalArgumentException("the rank must be at least 1, got " + rank);
    }
    int kept = Math.min(rank, values().length);
    return new LowRank(
        factor(right.q, svd.getV(), kept, like.rows()),
        factor(left.q, svd.getU(), kept, left.q[0].length));
  }

  /** Q mixed by the leading columns of {@code mix}, each times √σ. */
  private Matrix factor(double[][] q, RealMatrix mix, int rank, int rows) {
    float[] elements = new float[rows * rank];
    for (int k = 0; k < rank; k++) {
      double root = Math.sqrt(values()[k]);
      for (int i = 0; i < rows; i++) {
        double sum = 0;
        for (int l = 0; l < q.length; l++) {
          sum += q[l][i] * mix.getEntry(l, k);
        }
        elements[k * rows + i] = (float) (root * sum);
      }
    }
    return Matrix.of(like.type(), rows, rank, elements);
  }

  /** Gram–Schmidt, each column twice. */
  private static Qr qr(Matrix m) {
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
      if (length > DEPENDENT * before && q.size() < rows) {
        r[q.size()][k] = length;
        q.add(Arrays.stream(rest).map(x -> x / length).toArray());
      } else if (columns <= rows) {
        q.add(new double[rows]);
      }
    }
    if (q.isEmpty()) {
      q.add(new double[rows]);
    }
    return new Qr(
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
