package io.github.cola4j.spark.job;

import io.github.cola4j.spark.data.Quarantine;

/**
 * How data is read.
 *
 * @param maxBadRows bad rows of one data set before the job fails; all are written to the
 *     quarantine
 */
public record DataConfig(Long maxBadRows) {
  /** Fills in defaults and checks every value. */
  public DataConfig {
    maxBadRows = maxBadRows == null ? Quarantine.DEFAULT_MAX_BAD_ROWS : maxBadRows;
    if (maxBadRows < 0) {
      throw new IllegalArgumentException("data.maxBadRows must be 0 or more, got " + maxBadRows);
    }
  }
}
