package io.github.cola4j.spark.data.summary;

import io.github.cola4j.data.Sample;
import io.github.cola4j.model.loss.ProblemType;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What there is to count of some samples of a task; those of several parts add up.
 *
 * @param labels samples by their class, of several by each
 * @param lengths of all
 * @param truncated how many were too long and lost tokens
 */
public record DataTally(Map<Integer, Long> labels, TokenLengths lengths, long truncated)
    implements Serializable {
  /** Of no sample. */
  public static final DataTally NONE = new DataTally(Map.of(), TokenLengths.NONE, 0);

  /**
   * Counts samples.
   *
   * @param truncated how many of them have lost tokens
   * @param problem what labels are; null where they are no classes
   */
  public static DataTally of(List<Sample> samples, long truncated, ProblemType problem) {
    TreeMap<Integer, Long> labels = new TreeMap<>();
    TreeMap<Integer, Long> lengths = new TreeMap<>();
    for (Sample sample : samples) {
      lengths.merge(sample.length(), 1L, Long::sum);
      if (problem == ProblemType.SINGLE_LABEL) {
        labels.merge(sample.labels()[0], 1L, Long::sum);
      } else if (problem == ProblemType.MULTI_LABEL) {
        for (int c = 0; c < sample.labels().length; c++) {
          labels.merge(c, (long) sample.labels()[c], Long::sum);
        }
      }
    }
    return new DataTally(labels, new TokenLengths(lengths), truncated);
  }

  /** These samples and others of the same task. */
  public DataTally plus(DataTally other) {
    TreeMap<Integer, Long> sum = new TreeMap<>(labels);
    other.labels.forEach((label, more) -> sum.merge(label, more, Long::sum));
    return new DataTally(sum, lengths.plus(other.lengths), truncated + other.truncated);
  }

  /**
   * With the names of the classes.
   *
   * @param classes of the task; empty where it has none
   */
  public DataSetSummary summary(List<String> classes) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      counts.put(classes.get(c), labels.getOrDefault(c, 0L));
    }
    return new DataSetSummary(lengths.examples(), counts, lengths, truncated);
  }
}
