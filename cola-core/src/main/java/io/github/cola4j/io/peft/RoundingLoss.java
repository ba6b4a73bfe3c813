package io.github.cola4j.io.peft;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.nn.Matrix;

/**
 * How much of an adapter's change ΔW is lost where what carries it is rounded to a type: {@code
 * ‖ΔW' − ΔW‖ / ‖ΔW‖} over all modules, Frobenius norms.
 */
public final class RoundingLoss {
  private final FloatType type;
  private double lost;
  private double whole;

  /** Nothing lost yet. */
  public RoundingLoss(FloatType type) {
    this.type = type;
  }

  /** A merged weight, and what it was before; or any numbers that are written, and their start. */
  public void add(float[] written, float[] before) {
    for (int i = 0; i < written.length; i++) {
      double error = (double) type.rounded(written[i]) - written[i];
      double change = (double) written[i] - before[i];
      lost += error * error;
      whole += change * change;
    }
  }

  /** A change whose factors are written: B'A' − BA is [B', −B] times [A'; A]. */
  void add(LowRank change) {
    if (type == FloatType.F32) {
      return;
    }
    double[][] a = columns(change.a());
    double[][] b = columns(change.b());
    double[][] roundedA = rounded(change.a());
    double[][] roundedB = rounded(change.b());
    double exact = inner(b, a, b, a);
    whole += exact;
    double crossed = inner(roundedB, roundedA, b, a);
    lost += Math.max(0, inner(roundedB, roundedA, roundedB, roundedA) - 2 * crossed + exact);
  }

  /** The share; 0 for a change of zero. */
  public double share() {
    return whole == 0 ? 0 : Math.sqrt(lost / whole);
  }

  /** ⟨B A, D C⟩ = Σ_kl (b_k · d_l)(a_k · c_l). */
  private static double inner(double[][] b, double[][] a, double[][] d, double[][] c) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      for (int l = 0; l < c.length; l++) {
        sum += dot(b[k], d[l]) * dot(a[k], c[l]);
      }
    }
    return sum;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static double[][] columns(Matrix m) {
    double[][] columns = new double[m.columns()][];
    for (int j = 0; j < columns.length; j++) {
      columns[j] = m.columns(j, j + 1).toDoubles();
    }
    return columns;
  }

  private double[][] rounded(Matrix m) {
    double[][] columns = columns(m);
    for (double[] column : columns) {
      for (int i = 0; i < column.length; i++) {
        column[i] = type.rounded((float) column[i]);
      }
    }
    return columns;
  }
}
