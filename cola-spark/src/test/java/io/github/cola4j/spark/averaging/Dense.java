package io.github.cola4j.spark.averaging;

import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/** Products that are multiplied out, to compare with. */
final class Dense {
  private Dense() {}

  static double distance(RealMatrix x, RealMatrix y) {
    return x.subtract(y).getFrobeniusNorm();
  }

  /** The best approximation of a rank. */
  static RealMatrix best(RealMatrix dense, int rank) {
    SingularValueDecomposition svd = new SingularValueDecomposition(dense);
    RealMatrix s = svd.getS();
    for (int k = rank; k < s.getColumnDimension(); k++) {
      s.setEntry(k, k, 0);
    }
    return svd.getU().multiply(s).multiply(svd.getVT());
  }
}
