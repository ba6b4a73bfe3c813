package io.github.cola4j.spark.ml;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.format.TableColumns;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TaskTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** The tasks of the rows that an estimator is fitted to. Close it after training. */
final class LabelledRows implements AutoCloseable {
  /** The task's name where there is no column for it. */
  static final String ONLY_TASK = "classifier";

  private final TaskTable<Example> train;
  private final TaskTable<Example> validation; // null where a part of each task is held out

  private LabelledRows(TaskTable<Example> train, TaskTable<Example> validation) {
    this.train = train;
    this.validation = validation;
  }

  /**
   * Reads the rows.
   *
   * @throws IllegalArgumentException as {@link TaskTable#of}
   */
  static LabelledRows of(ColaClassifier stage, Dataset<Row> rows) {
    LabelColumn label = LabelColumn.of(rows.schema().apply(stage.getLabelCol()));
    Columns columns = stage.texts().withLabel(label.name());
    String task = ParamSet.column(stage, stage.taskCol());
    String indicator = ParamSet.column(stage, stage.validationIndicatorCol());
    Dataset<Row> given = rows;
    if (task == null) {
      task = free(rows);
      given = rows.withColumn(task, functions.lit(ONLY_TASK));
    }
    Map<String, List<String>> classes = label.classes(given, task);
    TaskTable<Example> train =
        TaskTable.of(
            selected(given, indicator, false, columns, task, label),
            task,
            columns,
            classes,
            stage.getMaxBadRows());
    try {
      TaskTable<Example> validation =
          indicator == null
              ? null
              : train.like(selected(given, indicator, true, columns, task, label));
      return new LabelledRows(train, validation);
    } catch (RuntimeException e) {
      train.close();
      throw e;
    }
  }

  private static String free(Dataset<Row> rows) {
    List<String> present = Arrays.asList(rows.columns());
    String name = "task";
    while (present.stream().anyMatch(name::equalsIgnoreCase)) {
      name = "_" + name;
    }
    return name;
  }

  /** The rows for training, or those for validation, with the columns that are read. */
  private static Dataset<Row> selected(
      Dataset<Row> rows,
      String indicator,
      boolean validates,
      Columns columns,
      String task,
      LabelColumn label) {
    List<Column> read = new ArrayList<>();
    read.add(TableColumns.column(task));
    read.add(TableColumns.column(columns.text()));
    if (columns.pair() != null) {
      read.add(TableColumns.column(columns.pair()));
    }
    read.add(label.text().as(label.name()));
    Dataset<Row> part = rows;
    if (indicator != null) {
      Column marked = functions.coalesce(TableColumns.column(indicator), functions.lit(false));
      part = rows.where(validates ? marked : functions.not(marked));
    }
    return part.select(read.toArray(Column[]::new));
  }

  /** The tasks. */
  List<TaskData<Example>> tasks() {
    return validation == null ? train.tasks() : train.tasks(validation);
  }

  /** How many rows are no examples, by what is wrong with them. */
  Map<String, Long> badByKind() {
    Map<String, Long> bad = new TreeMap<>(train.badByKind());
    if (validation != null) {
      validation.badByKind().forEach((kind, count) -> bad.merge(kind, count, Long::sum));
    }
    return bad;
  }

  @Override
  public void close() {
    train.close();
    if (validation != null) {
      validation.close();
    }
  }
}
