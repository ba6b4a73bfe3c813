package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.train.TaskState;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.nd4j.linalg.api.buffer.DataType;

/** The products of one module in several states, weighted: Σ_k p_k C_k G_k, never multiplied. */
final class Products {
  private Products() {}

  /** Changes one module's factors in θ, which holds their means. */
  interface Correction {
    /**
     * Does it.
     *
     * @param updates that count, two or more
     */
    void apply(PairedFactors pair, List<Weighted> updates, float[] theta);
  }

  /**
   * The mean of states, whose pairs of factors are then corrected. One that counts alone stays as
   * it is.
   *
   * @throws InconsistentUpdatesException if a parameter is no number afterwards
   */
  static TaskState corrected(
      List<Weighted> updates, AdapterStructure adapters, Correction correction) {
    TaskState mean = FedAvg.average(updates);
    List<Weighted> counting = updates.stream().filter(update -> update.weight() > 0).toList();
    if (counting.size() == 1) {
      return mean;
    }
    float[] theta = mean.theta().clone();
    adapters.pairs().forEach(pair -> correction.apply(pair, counting, theta));
    for (int i = 0; i < theta.length; i++) {
      FedAvg.requireFinite(i, theta[i]);
    }
    return new TaskState(theta, mean.m(), mean.v(), mean.step());
  }

  /** p_k, which add up to 1. */
  static double[] shares(List<Weighted> updates) {
    double total = updates.stream().mapToDouble(Weighted::weight).sum();
    return updates.stream().mapToDouble(update -> update.weight() / total).toArray();
  }

  /** [G_1; …]ᵀ [in × K·ρr] and [p_1 C_1 …] [out × K·ρr]. */
  static LowRank stacked(PairedFactors pair, List<Weighted> updates) {
    double[] shares = shares(updates);
    int rank = pair.rank();
    Matrix a = Matrix.zeros(DataType.DOUBLE, pair.a().rows(), rank * shares.length);
    Matrix b = Matrix.zeros(DataType.DOUBLE, pair.b().rows(), rank * shares.length);
    for (int k = 0; k < shares.length; k++) {
      float[] theta = updates.get(k).state().theta();
      set(a, k * rank, pair.g(theta));
      set(b, k * rank, pair.c(theta).scalarMultiply(shares[k]));
    }
    return new LowRank(a, b);
  }

  /** Puts a matrix into the columns from one on. */
  static void set(Matrix target, int column, RealMatrix source) {
    for (int c = 0; c < source.getColumnDimension(); c++) {
      target.columns(column + c, column + c + 1).set(source.getColumn(c));
    }
  }

  /** A matrix as those of the library. */
  static RealMatrix columns(Matrix matrix) {
    double[] elements = matrix.toDoubles();
    RealMatrix columns = MatrixUtils.createRealMatrix(matrix.rows(), matrix.columns());
    for (int c = 0; c < matrix.columns(); c++) {
      columns.setColumn(
          c, Arrays.copyOfRange(elements, c * matrix.rows(), (c + 1) * matrix.rows()));
    }
    return columns;
  }
}
