package io.github.cola4j.spark.data;

import java.io.Serializable;
import java.util.List;

/**
 * Which task a row is of.
 *
 * @param column that names the task; null where all rows are of the one task
 * @param tasks the tasks there are
 */
public record TaskColumn(String column, List<String> tasks) implements Serializable {
  /** Refuses several tasks without a column that tells them apart. */
  public TaskColumn {
    tasks = List.copyOf(tasks);
    if (tasks.isEmpty() || (column == null && tasks.size() > 1)) {
      throw new IllegalArgumentException(
          "expected one task, or a column that names each row's, got the tasks "
              + tasks
              + " and the column "
              + column);
    }
  }

  /** For messages. */
  String title() {
    return String.join(", ", tasks);
  }
}
