package io.github.cola4j.model;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;

/**
 * One task's trainable parameters on a shared frozen model: a flat vector θ and one of gradients,
 * both [P × 1] as {@link #layout()} says. Belongs to one thread.
 */
public interface TaskModel {

  /** Where each parameter lies. */
  ParameterLayout layout();

  /** θ; call {@link #refresh} after a change. */
  Matrix theta();

  /** dθ, added to by {@link #loss}. */
  Matrix gradient();

  /**
   * Takes up the values of θ.
   *
   * @param seed decides random pairings of the coming training step
   * @param training false takes their expectation
   */
  void refresh(Pass pass, long seed, boolean training);

  /**
   * Forward and backward: adds scale · Σ dL/dθ to the gradient.
   *
   * @param batch of the kind that the model takes; another is refused
   * @param labels those of the batch's samples, one after the other
   * @return L, the sum of the labels' cross-entropies (natural logarithm), not scaled
   */
  double loss(Pass pass, Batch batch, int[] labels, double scale);

  /** What regularisers added to the last {@link #loss}, scaled as its gradient was. */
  default double penalty() {
    return 0;
  }

  /** The answers at the labels that count, in their order. */
  Answers answers(Pass pass, Batch batch, int[] labels);

  /**
   * The number of classes that answers are told apart by; 1 where tokens are only right or wrong.
   */
  int classes();

  /** The cross-entropy of a guess that gives every label the same probability: ln(labels). */
  default double uniformLoss() {
    return Math.log(classes());
  }
}
