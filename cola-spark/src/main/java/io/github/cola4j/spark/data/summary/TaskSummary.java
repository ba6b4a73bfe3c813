package io.github.cola4j.spark.data.summary;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a task is trained on, known before its first round.
 *
 * @param task its name
 * @param training the examples that are trained on
 * @param validation those that are validated with, given or held out
 * @param test those of the test files, whose lengths are not known; null where there are none
 * @param dropped training and validation examples that there is nothing to learn from, by the
 *     reason why
 * @param badRows rows that are no examples, of all data sets, by what is wrong with them
 * @param duplicates training examples that equal an earlier one
 */
public record TaskSummary(
    String task,
    DataSetSummary training,
    DataSetSummary validation,
    DataSetSummary test,
    Map<String, Long> dropped,
    Map<String, Long> badRows,
    long duplicates) {
  /** Copies the maps. */
  public TaskSummary {
    dropped = Collections.unmodifiableMap(new TreeMap<>(dropped));
    badRows = Collections.unmodifiableMap(new TreeMap<>(badRows));
  }

  /** Of examples that came from no files. */
  public static TaskSummary of(
      String task, DataSetSummary training, DataSetSummary validation, Map<String, Long> dropped) {
    return new TaskSummary(task, training, validation, null, dropped, Map.of(), 0);
  }

  /** The same with what only those know who have read the files. */
  public TaskSummary withFiles(DataSetSummary tested, Map<String, Long> bad, long repeated) {
    return new TaskSummary(task, training, validation, tested, dropped, bad, repeated);
  }

  /** Training and validation examples that lost tokens. */
  public long truncated() {
    return training.truncated() + validation.truncated();
  }

  /** How many rows are bad. */
  public long badRowCount() {
    return badRows.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many examples there is nothing to learn from. */
  public long droppedCount() {
    return dropped.values().stream().mapToLong(Long::longValue).sum();
  }
}
