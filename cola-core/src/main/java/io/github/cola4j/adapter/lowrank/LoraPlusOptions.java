package io.github.cola4j.adapter.lowrank;

/**
 * Options of LoRA+.
 *
 * @param rateB B's learning rate relative to A's, 16 (arXiv 2402.12354)
 */
public record LoraPlusOptions(Double rateB) {

  /** Fills in the default and checks it. */
  public LoraPlusOptions {
    rateB = rateB == null ? 16.0 : rateB;
    if (!(rateB > 0) || rateB.isInfinite()) {
      throw new IllegalArgumentException("options.rateB must be positive, got " + rateB);
    }
  }
}
