package io.github.cola4j.data;

/**
 * What became of an example: a sample, or nothing that could be learnt from.
 *
 * @param sample null if there is nothing to learn from it
 * @param truncated whether tokens were cut off at the end
 * @param dropped why there is no sample, or null
 */
public record Encoded(Sample sample, boolean truncated, String dropped) {
  /** An example to learn from. */
  public static Encoded of(Sample sample, boolean truncated) {
    return new Encoded(sample, truncated, null);
  }

  /** An example that there is nothing to learn from. */
  public static Encoded dropped(String reason) {
    return new Encoded(null, false, reason);
  }
}
