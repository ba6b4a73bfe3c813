package io.github.cola4j.spark.data;

import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.List;

/**
 * Which task a row is of.
 *
 * @param column that names the task; null where all rows are of the one task
 * @param tasks the tasks there are; empty for all that rows name
 */
public record TaskColumn(String column, List<String> tasks) implements Serializable {
  /** Refuses several tasks without a column that tells them apart. */
  public TaskColumn {
    tasks = List.copyOf(tasks);
    if (column == null && tasks.size() != 1) {
      throw new IllegalArgumentException(
          "expected one task, or a column that names each row's, got the tasks "
              + tasks
              + " and the column "
              + column);
    }
  }

  /** Of rows that name their tasks themselves. */
  static TaskColumn any(String column) {
    return new TaskColumn(column, List.of());
  }

  /** For messages. */
  String title() {
    return String.join(", ", tasks);
  }

  /**
   * The task of a row.
   *
   * @throws RowRule.BadRowException if the row names no task, or none of these
   */
  String of(RowRule.Values values) throws RowRule.BadRowException {
    if (column == null) {
      return tasks.get(0);
    }
    String task = RowRule.text(values, column);
    if (!tasks.isEmpty() && !tasks.contains(task)) {
      throw new RowRule.BadRowException(
          "column '" + column + "' is no task",
          String.format(
              "column '%s' is '%s'; expected one of the tasks %s",
              column, task, String.join(", ", tasks)));
    }
    return task;
  }
}
