package io.github.cola4j.spark.training;

import io.github.cola4j.data.Sample;
import java.io.Serializable;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a data set of a task has, once it is tokenised; those of several parts add up.
 *
 * @param examples how many there are
 * @param truncated how many of these were too long and lost tokens
 * @param classes how many are of which class, by its number [classes]; empty where there is none
 * @param lengths how many have which number of tokens, as they are after truncation; or of features
 */
public record SampleSummary(
    long examples, long truncated, long[] classes, SortedMap<Integer, Long> lengths)
    implements Serializable {
  /** Of no example. */
  public static final SampleSummary NONE = new SampleSummary(0, 0, new long[0], new TreeMap<>());

  /**
   * Counts samples.
   *
   * @param truncated how many of them have lost tokens
   * @param classes how many the task has; 0 for a language model
   */
  public static SampleSummary of(List<Sample> samples, long truncated, int classes) {
    long[] counts = new long[classes];
    SortedMap<Integer, Long> lengths = new TreeMap<>();
    for (Sample sample : samples) {
      lengths.merge(sample.length(), 1L, Long::sum);
      if (classes > 0 && sample.labels()[0] != Sample.IGNORED) {
        counts[sample.labels()[0]]++;
      }
    }
    return new SampleSummary(samples.size(), truncated, counts, lengths);
  }

  /** These examples and others of the same task. */
  public SampleSummary plus(SampleSummary other) {
    long[] counts = new long[Math.max(classes.length, other.classes.length)];
    SortedMap<Integer, Long> all = new TreeMap<>();
    for (SampleSummary each : List.of(this, other)) {
      for (int c = 0; c < each.classes.length; c++) {
        counts[c] += each.classes[c];
      }
      each.lengths.forEach((length, n) -> all.merge(length, n, Long::sum));
    }
    return new SampleSummary(examples + other.examples, truncated + other.truncated, counts, all);
  }

  /** The tokens of all. */
  public long tokens() {
    return lengths.entrySet().stream().mapToLong(e -> e.getKey() * e.getValue()).sum();
  }

  /**
   * The length that a share of the examples does not exceed, by the nearest rank.
   *
   * @param share from 0, which gives the shortest, to 1, which gives the longest
   * @return 0 without examples
   */
  public int length(double share) {
    long rank = Math.max(1, (long) Math.ceil(share * examples));
    long below = 0;
    for (var entry : lengths.entrySet()) {
      below += entry.getValue();
      if (below >= rank) {
        return entry.getKey();
      }
    }
    return 0;
  }
}
