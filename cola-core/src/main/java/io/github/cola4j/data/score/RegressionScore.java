package io.github.cola4j.data.score;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/**
 * How near predicted numbers are to those of the data; those of several parts add up.
 *
 * @param examples n
 * @param mean of the data's numbers y
 * @param squares Σ (y − mean)²
 * @param absolute Σ |z − y|
 * @param predicted all z; null where nobody kept them
 * @param actual all y, likewise
 */
public record RegressionScore(
    long examples, double mean, double squares, double absolute, float[] predicted, float[] actual)
    implements Serializable {

  /** Of predicted numbers and those of the data. */
  public static RegressionScore of(float[] predicted, float[] actual) {
    double mean = 0;
    for (float y : actual) {
      mean += (double) y / actual.length;
    }
    double squares = 0;
    double absolute = 0;
    for (int i = 0; i < actual.length; i++) {
      squares += (actual[i] - mean) * (actual[i] - mean);
      absolute += Math.abs((double) predicted[i] - actual[i]);
    }
    return new RegressionScore(actual.length, mean, squares, absolute, predicted, actual);
  }

  /** These numbers, then others (Chan et al., "Updating formulae", 1979). */
  public RegressionScore plus(RegressionScore other) {
    if (examples == 0 || other.examples == 0) {
      return examples == 0 ? other : this;
    }
    long n = examples + other.examples;
    double apart = other.mean - mean;
    return new RegressionScore(
        n,
        mean + apart * other.examples / n,
        squares + other.squares + apart * apart * examples * other.examples / n,
        absolute + other.absolute,
        joined(predicted, other.predicted),
        joined(actual, other.actual));
  }

  private static float[] joined(float[] first, float[] second) {
    if (first == null || second == null) {
      return null;
    }
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** The same without the numbers themselves, which only {@link #spearman} needs. */
  public RegressionScore withoutNumbers() {
    return new RegressionScore(examples, mean, squares, absolute, null, null);
  }

  /** The mean of |z − y|; NaN without examples. */
  public double meanAbsoluteError() {
    return absolute / examples;
  }

  /**
   * R² = 1 − Σ (z − y)² / Σ (y − mean)²; null where all y are equal.
   *
   * @param lossSum Σ (z − y)²
   */
  public Double r2(double lossSum) {
    return squares == 0 ? null : 1 - lossSum / squares;
  }

  /**
   * Spearman's ρ, the correlation of ranks, where equal numbers share their mean rank; null where
   * the numbers were not kept, are fewer than two, or are all equal.
   */
  public Double spearman() {
    if (predicted == null || predicted.length < 2) {
      return null;
    }
    double rho = new SpearmansCorrelation().correlation(doubles(predicted), doubles(actual));
    return Double.isNaN(rho) ? null : rho;
  }

  private static double[] doubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      doubles[i] = numbers[i];
    }
    return doubles;
  }
}
