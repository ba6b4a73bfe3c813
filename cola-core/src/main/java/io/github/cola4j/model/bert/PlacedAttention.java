package io.github.cola4j.model.bert;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** Softmax attention of a pass's tokens, whose scores depend on where they are. */
interface PlacedAttention {

  /** What a block's forward kept. */
  interface Saved {}

  /**
   * Overwrites O [d × T].
   *
   * @param block whose attention it is
   * @return null if the backward needs nothing else
   */
  Saved forward(
      Pass pass, Adapters adapters, BertLayer block, Matrix q, Matrix k, Matrix v, Matrix o);

  /** Overwrites dQ, dK and dV; adds to the gradients of adapters of its own. */
  void backward(
      Pass pass,
      Adapters adapters,
      BertLayer block,
      Saved saved,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV);
}
