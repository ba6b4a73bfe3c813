package io.github.cola4j.model;

import io.github.cola4j.model.loss.OutputRegularizer;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.Scaling;
import io.github.cola4j.nn.weight.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * The frozen projection to the vocabulary, logits = c Eᵀ x or m tanh(c Eᵀ x / m), a few columns at
 * a time: the logits of a whole batch would be larger than everything else.
 *
 * @param weight Eᵀ [vocabulary × d]: the token table where they are tied
 * @param scaling c; null for 1
 * @param cap m; 0 leaves logits as they are
 */
public record LanguageModelHead(Weight weight, Scaling scaling, double cap) {
  /** A projection whose outputs are the logits. */
  public LanguageModelHead(Weight weight) {
    this(weight, null, 0);
  }

  private Matrix scaled(Pass pass, Matrix x) {
    if (scaling == null) {
      return x;
    }
    Matrix scaled = pass.matrix(x.rows(), x.columns());
    scaling.forward(pass, x, scaled);
    return scaled;
  }

  /** The logits of some hidden states [vocabulary × n], in the pass's working memory. */
  public Matrix logits(Pass pass, Matrix x) {
    Matrix logits = pass.matrix(weight.out(), x.columns());
    weight.multiply(pass, 1, scaled(pass, x), 0, logits);
    return capped(pass, logits);
  }

  /** The logits of some entries alone [entries × n], in the pass's working memory. */
  public Matrix logits(Pass pass, Matrix x, int[] entries) {
    Matrix columns = pass.matrix(weight.in(), entries.length);
    weight.gather(pass, entries, false, columns);
    Matrix logits = pass.matrix(entries.length, x.columns());
    pass.kernels().gemm(1, columns, true, scaled(pass, x), false, 0, logits);
    return capped(pass, logits);
  }

  private Matrix capped(Pass pass, Matrix logits) {
    if (cap > 0) {
      pass.kernels().cap(cap, logits, logits);
    }
    return logits;
  }

  /**
   * Cross-entropy and its gradient.
   *
   * @param labels the right entry of each column
   * @param frozen the frozen model's hidden states like {@code x}; null without a regulariser
   * @param regularizer adds to the gradient, of the columns that are computed together; null for
   *     none
   * @param dX overwritten by scale · dL/dX
   * @return the sum of −log softmax(logits)_label, not scaled, when it is asked for
   */
  public DoubleSupplier loss(
      Pass pass,
      Matrix x,
      int[] labels,
      double scale,
      Matrix frozen,
      OutputRegularizer regularizer,
      Matrix dX) {
    List<DoubleSupplier> losses = new ArrayList<>();
    int some = pass.kernels().columnsAtOnce();
    for (int from = 0; from < labels.length; from += some) {
      int to = Math.min(labels.length, from + some);
      var mark = pass.arena().mark();
      Matrix logits = logits(pass, x.columns(from, to));
      int[] part = Arrays.copyOfRange(labels, from, to);
      Matrix dLogits = logits;
      if (regularizer != null || cap > 0) {
        dLogits = pass.matrix(logits.rows(), logits.columns());
      }
      losses.add(pass.kernels().deferredCrossEntropy(logits, part, scale, dLogits));
      if (regularizer != null) {
        Matrix reference = logits(pass, frozen.columns(from, to));
        regularizer.languageModel(pass, logits, reference, scale, dLogits);
      }
      if (cap > 0) {
        pass.kernels().capBackward(cap, logits, dLogits, dLogits);
      }
      Matrix dPart = dX.columns(from, to);
      weight.multiplyTransposed(pass, dLogits, 0, dPart);
      if (scaling != null) {
        scaling.backward(pass, dPart, dPart);
      }
      pass.arena().release(mark);
    }
    return () -> sum(losses);
  }

  /**
   * How likely the right entries are together.
   *
   * @param labels the right entry of each column
   * @return Σ log softmax(logits)_label, when it is asked for
   */
  public DoubleSupplier logProbability(Pass pass, Matrix x, int[] labels) {
    List<DoubleSupplier> losses = new ArrayList<>();
    int some = pass.kernels().columnsAtOnce();
    for (int from = 0; from < labels.length; from += some) {
      int to = Math.min(labels.length, from + some);
      var mark = pass.arena().mark();
      Matrix logits = logits(pass, x.columns(from, to));
      int[] part = Arrays.copyOfRange(labels, from, to);
      losses.add(pass.kernels().deferredCrossEntropy(logits, part, 0, logits));
      pass.arena().release(mark);
    }
    return () -> -sum(losses);
  }

  private static double sum(List<DoubleSupplier> terms) {
    double sum = 0;
    for (DoubleSupplier term : terms) {
      sum += term.getAsDouble();
    }
    return sum;
  }

  /** What the model answers at each column, and how likely the right entry is. */
  Answers answers(Pass pass, Matrix x, int[] labels) {
    int[] answers = new int[labels.length];
    double[] logProbabilities = new double[labels.length];
    int some = pass.kernels().columnsAtOnce();
    for (int from = 0; from < labels.length; from += some) {
      int to = Math.min(labels.length, from + some);
      var mark = pass.arena().mark();
      Matrix logits = logits(pass, x.columns(from, to));
      for (int t = from; t < to; t++) {
        Matrix column = logits.columns(t - from, t - from + 1);
        answers[t] = Answers.argMax(column.toArray());
        int[] label = {labels[t]};
        logProbabilities[t] = -pass.kernels().crossEntropy(column, label, 0, column);
      }
      pass.arena().release(mark);
    }
    return new Answers(answers, logProbabilities);
  }
}
