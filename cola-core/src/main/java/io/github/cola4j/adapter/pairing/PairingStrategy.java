package io.github.cola4j.adapter.pairing;

/**
 * A pairing strategy of CoLA (arXiv 2505.15471, section 3): the matrix P [M × N] whose entry (i, j)
 * says how much the product B_j A_i counts. A pure value.
 */
public interface PairingStrategy {

  /** The name a job file uses. */
  String name();

  /**
   * The pairing of one training step.
   *
   * @param a M, the number of A matrices
   * @param b N, the number of B matrices
   * @param seed decides a random pairing; a static one ignores it
   */
  double[][] draw(int a, int b, long seed);

  /** The expectation of {@link #draw} over seeds: what evaluation, merging and export use. */
  double[][] expectation(int a, int b);

  /** Whether every draw equals the expectation. */
  default boolean isStatic() {
    return true;
  }

  /** Σ_ij |P_ij| of a draw, |P| in the paper's initialisation. */
  default double size(int a, int b) {
    double size = 0;
    for (double[] row : expectation(a, b)) {
      for (double entry : row) {
        size += Math.abs(entry);
      }
    }
    return size;
  }
}
