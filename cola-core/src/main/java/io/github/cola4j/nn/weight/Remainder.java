package io.github.cola4j.nn.weight;

/**
 * What a quantised weight Q [out × in] lacks of the weight W that it was made of, at low rank: W ≈
 * Q + L R. An adapter that starts at L R makes it up; without one the layer computes Q X.
 */
public interface Remainder {

  /** The {@code init} of adapters that start at it: how Q, L and R were found. */
  String init();

  /** The columns of L. */
  int rank();

  /** L [out × r], column by column. */
  float[] left();

  /** Rᵀ [in × r], column by column. */
  float[] right();
}
