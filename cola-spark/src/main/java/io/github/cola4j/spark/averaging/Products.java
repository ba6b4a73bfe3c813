package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
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
     * @param parts that count, two or more
     */
    void apply(PairedFactors pair, List<Part> parts, float[] theta);
  }

  /**
   * One of several states.
   *
   * @param share p_k, of all together 1
   * @param theta its parameters
   */
  record Part(double share, float[] theta) {}

  /**
   * The mean of states, whose pairs of factors are then corrected. One that counts alone stays as
   * it is. Parameters of all states are held, their moments are not.
   *
   * @throws InconsistentUpdatesException if a parameter is no number afterwards
   */
  static TaskState corrected(
      Iterable<Weighted> updates, AdapterStructure adapters, Correction correction) {
    WeightedMean sums = new WeightedMean();
    List<Part> weights = new ArrayList<>();
    for (Weighted update : updates) {
      sums.add(update);
      if (update.weight() > 0) {
        weights.add(new Part(update.weight(), update.state().theta()));
      }
    }
    TaskState mean = sums.state();
    if (weights.size() == 1) {
      return mean;
    }
    double total = weights.stream().mapToDouble(Part::share).sum();
    List<Part> parts =
        weights.stream().map(part -> new Part(part.share() / total, part.theta())).toList();
    float[] theta = mean.theta().clone();
    adapters.pairs().forEach(pair -> correction.apply(pair, parts, theta));
    for (int i = 0; i < theta.length; i++) {
      FedAvg.requireFinite(i, theta[i]);
    }
    return new TaskState(theta, mean.m(), mean.v(), mean.step());
  }

  /** [G_1; …]ᵀ [in × K·ρr] and [p_1 C_1 …] [out × K·ρr]. */
  static LowRank stacked(PairedFactors pair, List<Part> parts) {
    int rank = pair.rank();
    Matrix a = Matrix.zeros(DataType.DOUBLE, pair.a().rows(), rank * parts.size());
    Matrix b = Matrix.zeros(DataType.DOUBLE, pair.b().rows(), rank * parts.size());
    for (int k = 0; k < parts.size(); k++) {
      set(a, k * rank, pair.g(parts.get(k).theta()));
      set(b, k * rank, pair.c(parts.get(k).theta()).scalarMultiply(parts.get(k).share()));
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
