package io.github.cola4j.spark.data.summary;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One data set of a task.
 *
 * @param examples how many there are
 * @param classes how many there are of each class, in the order of the classes; empty for a
 *     language model
 * @param lengths of the examples; {@link TokenLengths#NONE} while they are not tokenised
 * @param truncated how many examples were too long and lost tokens
 */
public record DataSetSummary(
    long examples, Map<String, Long> classes, TokenLengths lengths, long truncated) {
  /** Copies the map. */
  public DataSetSummary {
    classes = Collections.unmodifiableMap(new LinkedHashMap<>(classes));
  }

  /** Of examples that are not tokenised yet. */
  public static DataSetSummary of(long examples, Map<String, Long> classes) {
    return new DataSetSummary(examples, classes, TokenLengths.NONE, 0);
  }
}
