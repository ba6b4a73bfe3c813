package io.github.cola4j.nn.linalg;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.weight.Weight;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * The linear algebra beyond products that methods, averaging rules and regularisers use. Results
 * depend on the arguments alone, not on threads.
 */
public final class LinearAlgebra {
  private LinearAlgebra() {}

  /**
   * M = U diag(s) Vᵀ, by Commons Math (Golub–Kahan, in double): for matrices with a side of some
   * hundreds at most. Errors are a few units of double precision of s_1.
   *
   * @param m M [m × n]
   */
  public static Svd svd(RealMatrix m) {
    var svd = new SingularValueDecomposition(m);
    return new Svd(svd.getU(), svd.getSingularValues(), svd.getV());
  }

  /**
   * The leading singular triplets of W; see {@link TruncatedSvd} for the algorithm.
   *
   * @param w W [out × in]
   * @param rank how many, at most min(out, in)
   * @param seed of the random start of large matrices
   */
  public static TruncatedSvd truncatedSvd(Weight w, int rank, long seed) {
    return TruncatedSvd.leading(w, rank, seed);
  }

  /** As {@link #truncatedSvd(Weight, int, long)}. */
  public static TruncatedSvd truncatedSvd(Matrix w, int rank, long seed) {
    return truncatedSvd(Weight.of(w), rank, seed);
  }

  /**
   * M = Q R in double.
   *
   * @param m M [n × c]
   * @param dependent a column of which no more than this share is left, once those before are taken
   *     off, becomes zeros in Q; with 0 only one of which nothing is left
   */
  public static ThinQr thinQr(Matrix m, double dependent) {
    return ThinQr.of(m, dependent);
  }

  /**
   * M⁻¹ B by M = L Lᵀ and two triangular solves, in double; the relative error is about the unit of
   * double precision times the condition of M.
   *
   * @param m M [n × n], symmetric and positive definite
   * @param b B [n × c]
   * @throws org.apache.commons.math3.linear.NonPositiveDefiniteMatrixException if M is not
   */
  public static RealMatrix solve(RealMatrix m, RealMatrix b) {
    return new CholeskyDecomposition(m).getSolver().solve(b);
  }

  /**
   * M = V diag(λ) Vᵀ, by Commons Math (QL with implicit shifts, in double).
   *
   * @param m M [n × n], symmetric
   */
  public static SymmetricEigen eigen(double[][] m) {
    var eigen = new EigenDecomposition(new Array2DRowRealMatrix(m, false));
    double[][] vectors = new double[m.length][];
    for (int k = 0; k < m.length; k++) {
      vectors[k] = eigen.getEigenvector(k).toArray();
    }
    return new SymmetricEigen(eigen.getRealEigenvalues(), vectors);
  }
}
