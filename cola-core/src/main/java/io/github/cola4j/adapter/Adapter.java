package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * A trainable change of one frozen linear layer, bound to its part of a task's flat parameter and
 * gradient vectors. Belongs to one thread.
 */
public interface Adapter {

  /** What the backward needs of a forward. */
  interface Saved {}

  /**
   * Takes up new parameter values; called before the first forward after they changed.
   *
   * @param seed decides a random pairing of the coming training step
   * @param training false takes a random pairing's expectation
   */
  void refresh(Pass pass, long seed, boolean training);

  /** Changes Y [out × T], which holds W X + b. */
  Saved forward(Pass pass, Matrix x, Matrix y);

  /** Adds to the gradient vector, and to dX [in × T] unless that is null. */
  void backward(Pass pass, Saved saved, Matrix dY, Matrix dX);
}
