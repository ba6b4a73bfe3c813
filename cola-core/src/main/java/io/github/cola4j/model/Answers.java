package io.github.cola4j.model;

import io.github.cola4j.model.loss.HeadLoss;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.Matrix;

/**
 * What a model answers where there are labels.
 *
 * @param predicted the likeliest class or token; of a multi-label problem whether the class is
 *     likelier than not, 1 or 0; of a regression the bits of the number
 * @param logProbability of the label, natural logarithm; of a regression −(z − y)²
 * @param margins of pairs, by how much one answer's reward is above the other's; null of others
 */
public record Answers(int[] predicted, double[] logProbability, double[] margins) {
  /** Answers that are no pairs. */
  public Answers(int[] predicted, double[] logProbability) {
    this(predicted, logProbability, null);
  }

  /** The answers of logits, one array a label. */
  public static Answers of(float[][] logits, int[] labels) {
    int[] predicted = new int[labels.length];
    double[] logProbability = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      predicted[i] = argMax(logits[i]);
      logProbability[i] = logProbability(logits[i], labels[i]);
    }
    return new Answers(predicted, logProbability);
  }

  /**
   * The answers of logits [K × n] at K labels a text, none of which is ignored.
   *
   * @param problem another than one class a text
   */
  static Answers of(ProblemType problem, Matrix logits, int[] labels) {
    float[] z = logits.toArray();
    int[] predicted = new int[z.length];
    double[] logProbability = HeadLoss.of(problem, logits, labels, null, 1).each();
    for (int i = 0; i < z.length; i++) {
      logProbability[i] = -logProbability[i];
      predicted[i] =
          problem == ProblemType.REGRESSION ? Float.floatToIntBits(z[i]) : z[i] > 0 ? 1 : 0;
    }
    return new Answers(predicted, logProbability);
  }

  /** The index of the largest element, the first of several. */
  public static int argMax(float[] logits) {
    int best = 0;
    for (int c = 1; c < logits.length; c++) {
      if (logits[c] > logits[best]) {
        best = c;
      }
    }
    return best;
  }

  /** log softmax(logits)_c. */
  public static double logProbability(float[] logits, int c) {
    double max = logits[argMax(logits)];
    return logits[c] - max - logSum(logits, max);
  }

  /** softmax(logits). */
  public static double[] probabilities(float[] logits) {
    double max = logits[argMax(logits)];
    double logSum = logSum(logits, max);
    double[] probabilities = new double[logits.length];
    for (int c = 0; c < logits.length; c++) {
      probabilities[c] = Math.exp(logits[c] - max - logSum);
    }
    return probabilities;
  }

  private static double logSum(float[] logits, double max) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return Math.log(sum);
  }
}
