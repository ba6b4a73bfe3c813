package io.github.cola4j.io.quantized;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.TruncatedSvd;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.QuantizedCopy;
import io.github.cola4j.nn.stored.StoredMatrix;
import io.github.cola4j.nn.weight.Remainder;
import io.github.cola4j.nn.weight.Weight;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A matrix W ≈ Q + L R by {@link QuantizationStart}.
 *
 * @param quantized Q
 * @param remainder L and R
 * @param squares ‖W‖²
 * @param plainError ‖W − q(W)‖²: without L and R
 * @param error ‖W − Q − L R‖²
 */
record SplitMatrix(
    StoredMatrix quantized, Factors remainder, double squares, double plainError, double error) {
  /** Elements taken at once. */
  private static final int TILE = 1 << 18;

  /** L and R in memory. */
  record Factors(String init, int rank, float[] left, float[] right) implements Remainder {}

  /**
   * Splits W [out × in], float32 in host memory.
   *
   * @param seed of the singular vectors of a large matrix
   */
  static SplitMatrix of(Matrix w, Quantization type, QuantizationStart start, long seed) {
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Matrix rest = Matrix.zeros(DataType.FLOAT, w.rows(), w.columns());
      StoredMatrix plain = quantized(w, type);
      Factors lowRank = null;
      if (start.kind() == QuantizationStart.Kind.QPISSA) {
        lowRank = leading(w, start, seed);
      }
      StoredMatrix quantized = plain;
      for (int t = 1; t <= start.iterations(); t++) {
        if (lowRank != null) {
          pass.kernels().copy(w, rest);
          subtract(pass, lowRank, rest);
          quantized = quantized(rest, type);
        }
        if (start.kind() == QuantizationStart.Kind.LOFTQ || t < start.iterations()) {
          subtract(w, quantized, rest);
          lowRank = leading(rest, start, seed);
        }
      }
      subtract(w, quantized, rest);
      subtract(pass, lowRank, rest);
      double error = squares(rest);
      subtract(w, plain, rest);
      return new SplitMatrix(quantized, lowRank, squares(w), squares(rest), error);
    }
  }

  private static StoredMatrix quantized(Matrix m, Quantization type) {
    QuantizedCopy copy = type.copy(m.rows(), m.columns());
    Weight rows = Weight.of(m);
    int some = Math.max(1, TILE / m.columns());
    for (int from = 0; from < m.rows(); from += some) {
      copy.setRows(from, rows.rows(from, Math.min(m.rows(), from + some)));
    }
    return copy.matrix();
  }

  private static Factors leading(Matrix m, QuantizationStart start, long seed) {
    int rank = start.rank();
    TruncatedSvd svd = LinearAlgebra.truncatedSvd(m, rank, seed);
    Matrix left = Matrix.zeros(DataType.FLOAT, m.rows(), rank);
    Matrix right = Matrix.zeros(DataType.FLOAT, m.columns(), rank);
    svd.copyLeft(0, rank, 1, 1, left, 0);
    svd.copyRight(0, rank, 1, 1, right, 0);
    return new Factors(start.kind().toString(), rank, left.toArray(), right.toArray());
  }

  /** M ← M − L R. */
  private static void subtract(Pass pass, Factors factors, Matrix m) {
    Matrix left = Matrix.of(DataType.FLOAT, m.rows(), factors.rank(), factors.left());
    Matrix right = Matrix.of(DataType.FLOAT, m.columns(), factors.rank(), factors.right());
    pass.kernels().gemm(-1, left, false, right, true, 1, m);
  }

  /** Overwrites D by W − Q. */
  private static void subtract(Matrix w, StoredMatrix quantized, Matrix difference) {
    Weight rows = Weight.of(w);
    int some = Math.max(1, TILE / w.columns());
    for (int from = 0; from < w.rows(); from += some) {
      int to = Math.min(w.rows(), from + some);
      float[] elements = rows.rows(from, to);
      float[] decoded = new float[elements.length];
      quantized.decode(from, to - from, decoded, 0);
      for (int i = 0; i < elements.length; i++) {
        elements[i] -= decoded[i];
      }
      difference.setRows(from, elements);
    }
  }

  private static double squares(Matrix m) {
    double sum = 0;
    for (int j = 0; j < m.columns(); j++) {
      for (float element : m.columns(j, j + 1).toArray()) {
        sum += (double) element * element;
      }
    }
    return sum;
  }
}
