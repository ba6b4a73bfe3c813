package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.Svd;
import io.github.cola4j.nn.linalg.ThinQr;
import org.apache.commons.math3.linear.RealMatrix;

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
  private final ThinQr left; // B
  private final ThinQr right; // Aᵀ
  private final Svd svd;

  /** Decomposes a change. */
  public LowRankTruncation(LowRank change) {
    this.like = change.a();
    this.left = LinearAlgebra.thinQr(change.b(), DEPENDENT);
    this.right = LinearAlgebra.thinQr(change.a(), DEPENDENT);
    this.svd = LinearAlgebra.svd(left.r().multiply(right.r().transpose()));
  }

  /** The singular values of ΔW that can differ from 0, descending. */
  public double[] values() {
    return svd.values();
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
        factor(right.q(), svd.v(), kept, like.rows()),
        factor(left.q(), svd.u(), kept, left.q()[0].length));
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
}
