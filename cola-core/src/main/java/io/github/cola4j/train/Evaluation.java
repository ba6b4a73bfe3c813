package io.github.cola4j.train;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Counts of a classifier's right and wrong answers; those of several parts add up.
 *
 * @param right per class, answers that are right (true positives)
 * @param predicted per class, how often it was the answer
 * @param actual per class, how often it was the label
 * @param lossSum sum of the examples' cross-entropies
 */
public record Evaluation(long[] right, long[] predicted, long[] actual, double lossSum)
    implements Serializable {

  /** No answers yet. */
  public static Evaluation empty(int classes) {
    return new Evaluation(new long[classes], new long[classes], new long[classes], 0);
  }

  /**
   * The logits of samples, in their order.
   *
   * @param theta the task's parameters
   * @return one array of logits a sample
   */
  public static float[][] logits(
      TextClassifier classifier, Pass pass, float[] theta, List<Sample> samples, int maxTokens) {
    classifier.theta().set(theta);
    pass.startEvaluation();
    classifier.refresh(pass, 0, false);
    float[][] logits = new float[samples.size()][];
    int[] all = IntStream.range(0, samples.size()).toArray();
    for (int[] indices : Batcher.byTokens(samples, all, maxTokens)) {
      pass.startEvaluation();
      Matrix batch = classifier.logits(pass, Batcher.batch(samples, indices));
      float[] elements = batch.toArray();
      for (int s = 0; s < indices.length; s++) {
        logits[indices[s]] = Arrays.copyOfRange(elements, s * batch.rows(), (s + 1) * batch.rows());
      }
    }
    return logits;
  }

  /** Evaluates labelled samples. */
  public static Evaluation of(
      TextClassifier classifier, Pass pass, float[] theta, List<Sample> samples, int maxTokens) {
    float[][] logits = logits(classifier, pass, theta, samples, maxTokens);
    int[] labels = samples.stream().mapToInt(Sample::label).toArray();
    int classes = classifier.layout().entry(AdaptedModules.HEAD_BIAS).rows();
    return of(classes, logits, labels);
  }

  /** Evaluates logits against labels. */
  public static Evaluation of(int classes, float[][] logits, int[] labels) {
    Evaluation evaluation = empty(classes);
    double loss = 0;
    for (int i = 0; i < labels.length; i++) {
      int answer = argMax(logits[i]);
      evaluation.predicted[answer]++;
      evaluation.actual[labels[i]]++;
      if (answer == labels[i]) {
        evaluation.right[answer]++;
      }
      loss -= logProbability(logits[i], labels[i]);
    }
    return new Evaluation(evaluation.right, evaluation.predicted, evaluation.actual, loss);
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
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[c] - max - Math.log(sum);
  }

  /** These answers and others. */
  public Evaluation plus(Evaluation other) {
    return new Evaluation(
        sum(right, other.right),
        sum(predicted, other.predicted),
        sum(actual, other.actual),
        lossSum + other.lossSum);
  }

  private static long[] sum(long[] x, long[] y) {
    return IntStream.range(0, x.length).mapToLong(i -> x[i] + y[i]).toArray();
  }

  /** The number of examples. */
  public long examples() {
    return Arrays.stream(actual).sum();
  }

  /** The share of right answers; NaN without examples. */
  public double accuracy() {
    return (double) Arrays.stream(right).sum() / examples();
  }

  /** The mean of the classes' F1 = 2 right/(predicted + actual), over classes that occur. */
  public double macroF1() {
    return IntStream.range(0, right.length)
        .filter(c -> predicted[c] + actual[c] > 0)
        .mapToDouble(c -> 2.0 * right[c] / (predicted[c] + actual[c]))
        .average()
        .orElse(Double.NaN);
  }

  /** The mean cross-entropy; NaN without examples. */
  public double loss() {
    return lossSum / examples();
  }
}
