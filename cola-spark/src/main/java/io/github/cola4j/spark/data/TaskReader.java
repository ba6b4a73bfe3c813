package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.language.LanguageRows;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Reads rows of many tasks from one table. They come sorted by task, then by the values of the
 * other columns read, whatever the table's order and partitions are.
 */
public final class TaskReader {
  /** What stands for the task in messages on all rows. */
  public static final String ALL = "(all)";

  private static final String ROWS = "rows";

  private TaskReader() {}

  /**
   * Reads labelled texts. All rows are read once before this returns, and stay persisted until the
   * result is closed.
   *
   * @param taskColumn names a row's task
   * @param problem what labels are
   * @throws IllegalArgumentException if the table lacks a column
   */
  public static ExampleRows<TaskRow<Example>> read(
      Dataset<Row> table, String taskColumn, Columns columns, ProblemType problem) {
    return RowReader.readSorted(
        ALL,
        ROWS,
        table,
        new TaskRule<>(TaskColumn.any(taskColumn), ExampleReader.rule(columns, true, problem)));
  }

  /** Reads what language models learn from, as {@link #read}. */
  public static <E extends Serializable> ExampleRows<TaskRow<E>> readLanguage(
      Dataset<Row> table, String taskColumn, LanguageRows<E> how) {
    TaskRule<E> rule = new TaskRule<>(TaskColumn.any(taskColumn), how.rule());
    return RowReader.readSorted(ALL, ROWS, table, rule);
  }

  /** How many examples there are of each label of each task, sorted; labels may be empty. */
  public static <T extends Serializable> Map<String, Map<String, Long>> labels(
      ExampleRows<TaskRow<T>> rows) {
    Map<String, Map<String, Long>> labels = new TreeMap<>();
    rows.labels()
        .forEach(
            (encoded, count) -> {
              TaskRow.Key key = TaskRow.Key.decoded(encoded);
              labels.computeIfAbsent(key.task(), task -> new TreeMap<>()).put(key.label(), count);
            });
    return labels;
  }
}
