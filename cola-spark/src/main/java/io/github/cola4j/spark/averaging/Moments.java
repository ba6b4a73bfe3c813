package io.github.cola4j.spark.averaging;

/** What becomes of Adam's moments when states are averaged. */
public enum Moments {
  /** They are averaged like parameters (arXiv 2505.22549). */
  AVERAGE,
  /** Every round begins with none, and with the bias correction of a first step. */
  RESET,
  /** Each shard keeps its own. */
  KEEP
}
