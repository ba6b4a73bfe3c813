package io.github.cola4j.spark.report;

import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/**
 * Where a share lies with a confidence of 95 %, by Wilson's score interval (E. B. Wilson 1927).
 *
 * @param low from 0 to 1
 * @param high from 0 to 1
 */
public record Interval(double low, double high) {
  /** With which the share lies in it. */
  public static final double CONFIDENCE = 0.95;

  /**
   * Of some successes.
   *
   * @param right how many of {@code all}
   * @param all at least 1
   */
  public static Interval of(long right, long all) {
    if (all < 1 || right < 0 || right > all) {
      throw new IllegalArgumentException(
          "expected some of at least one answer to be right, got " + right + " of " + all);
    }
    ConfidenceInterval wilson =
        new WilsonScoreInterval()
            .createInterval(Math.toIntExact(all), Math.toIntExact(right), CONFIDENCE);
    return new Interval(Math.max(0, wilson.getLowerBound()), Math.min(1, wilson.getUpperBound()));
  }
}
