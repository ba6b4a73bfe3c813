package io.github.cola4j.spark.report;

import java.util.Map;

/**
 * What of a task's rows was not used as it is.
 *
 * @param bad rows in the quarantine, by their kind
 * @param dropped examples that there was nothing to learn from, by the reason why
 * @param duplicates training examples that equal an earlier one
 */
public record DataLosses(Map<String, Long> bad, Map<String, Long> dropped, long duplicates) {
  /** None at all. */
  public static final DataLosses NONE = new DataLosses(Map.of(), Map.of(), 0);
}
