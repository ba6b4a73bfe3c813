package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.Svd;
import java.io.Serializable;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * The factors of one module as the fewest pairs that have the same product. With the singular value
 * decomposition P = U S Vᵀ of the pairing, of rank ρ,
 *
 * <pre>
 *   G_c = S_c Σ_i U_ic A_i   [r × in]     C_c = Σ_j V_jc B_j   [out × r]     c = 1 … ρ
 *   Σ_ij P_ij B_j A_i = Σ_c C_c G_c = C G,   C [out × ρr],  G [ρr × in]
 * </pre>
 *
 * <p>Changes ΔG and ΔC go back to A_i += Σ_c U_ic ΔG_c / S_c and B_j += Σ_c V_jc ΔC_c: of all
 * changes with that effect the one of smallest norm, as U and V have orthonormal columns. What the
 * pairing does not see of the factors stays. Any G and C can be had so: the reachable products are
 * those of rank ρr. LoRA is ρ = 1, full pairing too.
 *
 * <p>Where equal factors lie there once, an A stands for {@link Entry#copies} A_i. The pairing sees
 * these alike, so that their weights U_i are equal, and a change is the same for all of them.
 *
 * @param a where A_iᵀ lie side by side [in × M·r], or [in × M·r/copies]
 * @param b where B_j lie side by side [out × N·r], or [out × N·r/copies]
 * @param u U [M × ρ]
 * @param s the diagonal of S [ρ]
 * @param v V [N × ρ]
 */
public record PairedFactors(Entry a, Entry b, double[][] u, double[] s, double[][] v)
    implements Serializable {
  private static final double ZERO = 1e-12;

  /**
   * The factors of a module.
   *
   * @param pairing P [M × N]
   */
  static PairedFactors of(Entry a, Entry b, double[][] pairing) {
    Svd svd = LinearAlgebra.svd(new Array2DRowRealMatrix(pairing));
    double[] values = svd.values();
    int rank = 0;
    while (rank < values.length && values[rank] > ZERO * values[0]) {
      rank++;
    }
    double[] s = new double[rank];
    System.arraycopy(values, 0, s, 0, rank);
    return new PairedFactors(a, b, columns(svd.u(), rank), s, columns(svd.v(), rank));
  }

  private static double[][] columns(RealMatrix matrix, int count) {
    return matrix.getSubMatrix(0, matrix.getRowDimension() - 1, 0, count - 1).getData();
  }

  /** ρr: the rank of a product at most. */
  public int rank() {
    return s.length * (a.columns() * a.copies() / u.length);
  }

  /** Gᵀ [in × ρr] of a task's vector. */
  public RealMatrix g(float[] theta) {
    double[][] weights = new double[u.length][s.length];
    for (int i = 0; i < u.length; i++) {
      for (int c = 0; c < s.length; c++) {
        weights[i][c] = s[c] * u[i][c];
      }
    }
    return combined(theta, a, weights);
  }

  /** C [out × ρr] of a task's vector. */
  public RealMatrix c(float[] theta) {
    return combined(theta, b, v);
  }

  /** Adds ΔGᵀ [in × ρr]. */
  void addG(float[] theta, RealMatrix change) {
    double[][] weights = new double[u.length][s.length];
    for (int i = 0; i < u.length; i++) {
      for (int c = 0; c < s.length; c++) {
        weights[i][c] = u[i][c] / s[c];
      }
    }
    add(theta, a, weights, change);
  }

  /** Adds ΔC [out × ρr]. */
  void addC(float[] theta, RealMatrix change) {
    add(theta, b, v, change);
  }

  /** Column block c = Σ_i weights[i][c] block i of the factor. */
  private RealMatrix combined(float[] theta, Entry factor, double[][] weights) {
    int copies = factor.copies();
    int width = factor.columns() * copies / weights.length;
    RealMatrix combined = MatrixUtils.createRealMatrix(factor.rows(), rank());
    for (int c = 0; c < s.length; c++) {
      for (int k = 0; k < width; k++) {
        for (int row = 0; row < factor.rows(); row++) {
          double sum = 0;
          for (int i = 0; i < weights.length; i++) {
            sum += weights[i][c] * theta[place(factor, row, i / copies * width + k)];
          }
          combined.setEntry(row, c * width + k, sum);
        }
      }
    }
    return combined;
  }

  /** Block i of the factor += Σ_c weights[i][c] column block c. */
  private void add(float[] theta, Entry factor, double[][] weights, RealMatrix change) {
    int copies = factor.copies();
    int width = factor.columns() * copies / weights.length;
    for (int i = 0; i < weights.length; i += copies) {
      for (int k = 0; k < width; k++) {
        for (int row = 0; row < factor.rows(); row++) {
          double sum = 0;
          for (int c = 0; c < s.length; c++) {
            sum += weights[i][c] * change.getEntry(row, c * width + k);
          }
          int place = place(factor, row, i / copies * width + k);
          theta[place] = (float) (theta[place] + sum);
        }
      }
    }
  }

  private static int place(Entry factor, int row, int column) {
    return factor.offset() + column * factor.rows() + row;
  }
}
