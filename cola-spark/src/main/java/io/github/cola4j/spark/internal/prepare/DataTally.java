package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Sample;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.TokenLengths;
import io.github.cola4j.spark.internal.round.TaskShard;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What there is to count of a task's shards; those of several add up.
 *
 * @param labels examples by the first of their labels, which of a classification is the class
 */
record DataTally(Map<Integer, Long> labels, TokenLengths lengths, long truncated)
    implements Serializable {
  /** Of no shard. */
  static final DataTally NONE = new DataTally(Map.of(), TokenLengths.NONE, 0);

  /**
   * Of one shard.
   *
   * @param classified whether labels are counted
   */
  static DataTally of(TaskShard shard, boolean classified) {
    TreeMap<Integer, Long> labels = new TreeMap<>();
    TreeMap<Integer, Long> lengths = new TreeMap<>();
    for (Sample sample : shard.shard().samples()) {
      lengths.merge(sample.length(), 1L, Long::sum);
      if (classified) {
        labels.merge(sample.labels()[0], 1L, Long::sum);
      }
    }
    return new DataTally(labels, new TokenLengths(lengths), shard.truncated());
  }

  DataTally plus(DataTally other) {
    TreeMap<Integer, Long> sum = new TreeMap<>(labels);
    other.labels.forEach((label, more) -> sum.merge(label, more, Long::sum));
    return new DataTally(sum, lengths.plus(other.lengths), truncated + other.truncated);
  }

  /**
   * With the names of the classes.
   *
   * @param classes of the task; empty where it has none
   */
  DataSetSummary summary(List<String> classes) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      counts.put(classes.get(c), labels.getOrDefault(c, 0L));
    }
    return new DataSetSummary(lengths.examples(), counts, lengths, truncated);
  }
}
