package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** What an {@link AdditiveAdapter} adds to its layer's output. Belongs to one thread. */
public interface Delta {

  /** See {@link Adapter#refresh}. */
  void refresh(Pass pass, long seed, boolean training);

  /** Adds to Y [out × T], which holds W X + b. */
  Adapter.Saved forward(Pass pass, Matrix x, Matrix y);

  /** Adds to the gradient vector, and to dX [in × T] unless that is null. */
  void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX);

  /** See {@link Adapter#unmergeableReason}. */
  default String unmergeableReason() {
    return null;
  }

  /** The change as a product B A, as it is after the last refresh; null if it is none. */
  default LowRank lowRank() {
    return null;
  }
}
