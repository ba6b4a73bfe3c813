package io.github.cola4j.model.loss;

import io.github.cola4j.data.Sample;
import io.github.cola4j.nn.Matrix;

/**
 * The losses of logits z [K × n] that are not classes of which one is right, in float64 on the
 * heap: a classifier's logits are few.
 *
 * @param each L of each label, in their order; 0 where none counts
 * @param gradient scale · w dL/dz, a text after the other
 */
public record HeadLoss(double[] each, double[] gradient) {

  /**
   * Of the labels of a problem.
   *
   * <pre>
   *   multi-label: L = max(z, 0) − z y + log(1 + exp(−|z|)),   dL/dz = σ(z) − y
   *   regression:  L = (z − y)²,                               dL/dz = 2 (z − y)
   * </pre>
   *
   * @param problem not {@link ProblemType#SINGLE_LABEL}
   * @param labels K a text: 0 or 1, or the bits of a number ({@link Float#floatToIntBits}); {@link
   *     Sample#IGNORED} where none counts
   * @param weights w of each text; null for 1
   * @param scale of the gradient
   */
  public static HeadLoss of(
      ProblemType problem, Matrix logits, int[] labels, double[] weights, double scale) {
    int classes = logits.rows();
    double[] z = logits.toDoubles();
    double[] each = new double[z.length];
    double[] gradient = new double[z.length];
    for (int i = 0; i < z.length; i++) {
      if (labels[i] == Sample.IGNORED) {
        continue;
      }
      double slope;
      if (problem == ProblemType.MULTI_LABEL) {
        each[i] = Math.max(z[i], 0) - z[i] * labels[i] + Math.log1p(Math.exp(-Math.abs(z[i])));
        slope = sigmoid(z[i]) - labels[i];
      } else {
        double error = z[i] - Float.intBitsToFloat(labels[i]);
        each[i] = error * error;
        slope = 2 * error;
      }
      gradient[i] = scale * (weights == null ? 1 : weights[i / classes]) * slope;
    }
    return new HeadLoss(each, gradient);
  }

  /** σ(z) = 1 / (1 + exp(−z)). */
  public static double sigmoid(double z) {
    return 1 / (1 + Math.exp(-z));
  }

  /**
   * Σ w L.
   *
   * @param weights of each text; null for 1
   */
  public double sum(double[] weights) {
    int classes = weights == null ? 1 : each.length / weights.length;
    double sum = 0;
    for (int i = 0; i < each.length; i++) {
      sum += (weights == null ? 1 : weights[i / classes]) * each[i];
    }
    return sum;
  }
}
