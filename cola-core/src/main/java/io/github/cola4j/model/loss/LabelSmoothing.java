package io.github.cola4j.model.loss;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.function.DoubleSupplier;

/**
 * What smoothed labels add to the cross-entropies of logits z [K × n] (Szegedy et al., arXiv
 * 1512.00567, section 7; PyTorch's {@code CrossEntropyLoss(label_smoothing=ε)}). The target of a
 * text of class y is (1 − ε) e_y + ε/K instead of e_y, so that
 *
 * <pre>
 *   L' = L + ε (z_y − mean z),   dz' = dz + ε (e_y − 1/K)
 * </pre>
 *
 * <p>In float64 on the heap: a classifier's logits are few.
 *
 * @param loss Σ w ε (z_y − mean z), not scaled
 * @param gradient scale · w ε (e_y − 1/K), a text after the other
 */
public record LabelSmoothing(double loss, double[] gradient) {

  /**
   * Of logits as they are before their gradient takes their place.
   *
   * @param epsilon ε, from 0 to below 1
   * @param labels a class each
   * @param weights w of each; null for 1
   * @param scale of the gradient
   */
  public static LabelSmoothing of(
      double epsilon, Matrix logits, int[] labels, double[] weights, double scale) {
    int classes = logits.rows();
    double[] z = logits.toDoubles();
    double[] gradient = new double[z.length];
    double loss = 0;
    for (int t = 0; t < labels.length; t++) {
      double weight = epsilon * (weights == null ? 1 : weights[t]);
      int first = t * classes;
      double mean = 0;
      for (int k = first; k < first + classes; k++) {
        mean += z[k] / classes;
        gradient[k] = -scale * weight / classes;
      }
      gradient[first + labels[t]] += scale * weight;
      loss += weight * (z[first + labels[t]] - mean);
    }
    return new LabelSmoothing(loss, gradient);
  }

  /**
   * Adds both to those of the labels themselves.
   *
   * @param crossEntropy the labels' own, which has written {@code dLogits}
   */
  public DoubleSupplier added(Pass pass, DoubleSupplier crossEntropy, Matrix dLogits) {
    Matrix more = pass.matrix(dLogits.rows(), dLogits.columns());
    more.set(gradient);
    pass.kernels().add(1, more, dLogits);
    return () -> crossEntropy.getAsDouble() + loss;
  }
}
