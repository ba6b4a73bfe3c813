package io.github.cola4j.spark.ml.fit;

import io.github.cola4j.spark.data.format.TableColumns;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TaskTable;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The tasks of the rows that an estimator is fitted to. Close it after training.
 *
 * @param <E> an example
 */
public final class FitTable<E extends Serializable> implements AutoCloseable {
  private final TaskTable<E> train;
  private final TaskTable<E> validation; // null where a part of each task is held out

  private FitTable(TaskTable<E> train, TaskTable<E> validation) {
    this.train = train;
    this.validation = validation;
  }

  /**
   * Rows with the column that names their task.
   *
   * @param task the column's name
   */
  record Named(Dataset<Row> rows, String task) {
    /**
     * The rows of a stage.
     *
     * @param only the task's name where the stage has no column for it
     */
    static Named of(FitParams<?> stage, Dataset<Row> rows, String only) {
      String task = ParamSet.column(stage, stage.taskCol());
      if (task != null) {
        return new Named(rows, task);
      }
      List<String> present = Arrays.asList(rows.columns());
      String free = "task";
      while (present.stream().anyMatch(free::equalsIgnoreCase)) {
        free = "_" + free;
      }
      return new Named(rows.withColumn(free, functions.lit(only)), free);
    }
  }

  /**
   * Reads the rows, those for validation apart.
   *
   * @param read makes tasks of rows and of the column that names them
   * @param columns of the rows that are read
   */
  static <E extends Serializable> FitTable<E> of(
      FitParams<?> stage,
      Named named,
      BiFunction<Dataset<Row>, String, TaskTable<E>> read,
      Column... columns) {
    String indicator = ParamSet.column(stage, stage.validationIndicatorCol());
    if (indicator == null) {
      return new FitTable<>(read.apply(named.rows().select(columns), named.task()), null);
    }
    Column marked = functions.coalesce(TableColumns.column(indicator), functions.lit(false));
    TaskTable<E> train =
        read.apply(named.rows().where(functions.not(marked)).select(columns), named.task());
    try {
      return new FitTable<>(train, train.like(named.rows().where(marked).select(columns)));
    } catch (RuntimeException e) {
      train.close();
      throw e;
    }
  }

  /** The tasks. */
  public List<TaskData<E>> tasks() {
    return validation == null ? train.tasks() : train.tasks(validation);
  }

  /** How many rows are no examples, by what is wrong with them. */
  public Map<String, Long> badByKind() {
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
