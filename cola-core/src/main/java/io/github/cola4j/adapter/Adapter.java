package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;

/**
 * A frozen linear layer with a trainable change of it, bound to its part of a task's flat parameter
 * and gradient vectors. Belongs to one thread.
 */
public interface Adapter {

  /** What the backward needs of a forward. */
  interface Saved {
    /**
     * A loss of the adapter's own, such as the balance of experts, whose gradient the backward adds
     * in the pass's share ({@link Pass#share}).
     */
    default double penalty() {
      return 0;
    }
  }

  /** The frozen layer. */
  FrozenLinear linear();

  /**
   * Takes up new parameter values; called before the first forward after they changed.
   *
   * @param seed decides a random pairing of the coming training step
   * @param training false takes a random pairing's expectation
   */
  void refresh(Pass pass, long seed, boolean training);

  /** Overwrites Y [out × T] with what the adapted layer gives for X [in × T]. */
  Saved forward(Pass pass, Matrix x, Matrix y);

  /**
   * As {@link #forward(Pass, Matrix, Matrix)}, but GEMMs of low rank that are left to do are added
   * to a list, to be computed with those of other layers: Y is complete after them.
   */
  default Saved forward(Pass pass, Matrix x, Matrix y, List<Delta.Rounds> later) {
    return forward(pass, x, y);
  }

  /**
   * Adds to the gradient vector; dX ← beta dX + the gradient through the adapted layer.
   *
   * @param dX [in × T], or null where nothing below is trained
   */
  void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX);

  /**
   * The change B A of the frozen weight that the adapter rests on, as it is after the last refresh;
   * null if it has none of low rank. An {@link AdditiveAdapter} adds this and nothing else.
   */
  default LowRank lowRank() {
    return null;
  }

  /**
   * Why no single weight and bias compute what this adapter does; null if some do, that is, if Y is
   * an affine function of each column of X once parameters are refreshed for evaluation.
   */
  default String unmergeableReason() {
    return null;
  }
}
