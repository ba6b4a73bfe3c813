package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;

/**
 * A change ΔW = B A of a layer's weight as it stands at one moment.
 *
 * @param a Aᵀ [in × R]
 * @param b B [out × R], every scaling included
 */
public record LowRank(Matrix a, Matrix b) {
  /** Checks that the ranks agree. */
  public LowRank {
    if (a.columns() != b.columns()) {
      throw new IllegalArgumentException("expected factors of one rank, got " + a + " and " + b);
    }
  }

  /** R. */
  public int rank() {
    return a.columns();
  }
}
