package io.github.cola4j.adapter.highrank;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** ΔW [out × in] of a frozen weight, without a form that is cheaper to multiply. */
interface WeightChange {

  /**
   * W' ← W' + ΔW.
   *
   * @param frozen W, to be read alone
   * @param weight W', which holds W
   */
  void add(Pass pass, Matrix frozen, Matrix weight);

  /**
   * Adds to the gradient of what is trained.
   *
   * @param frozen W, to be read alone
   * @param dW dY Xᵀ, the gradient of W'; may be overwritten
   */
  void backward(Pass pass, Matrix frozen, Matrix dW);
}
