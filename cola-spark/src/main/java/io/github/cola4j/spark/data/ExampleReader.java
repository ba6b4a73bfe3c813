package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.row.KeepingRule;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Reads labelled texts, or images where the columns have one of them. */
public final class ExampleReader {
  private ExampleReader() {}

  /**
   * Reads examples. The files' columns are checked and all rows read once before this returns; they
   * stay persisted until the result is closed.
   *
   * @param spark the session to read on
   * @param taskName the task, for messages
   * @param paths files, folders or globs of {@code .jsonl}, {@code .ndjson}, {@code .json}, {@code
   *     .csv}, {@code .tsv} (all also with {@code .gz}) or {@code .parquet}; or {@code table:} and
   *     the name of a table of Spark's catalog, whose rows come sorted by their values
   * @param columns which columns make an example
   * @param labelled whether a row needs a label; if not, the label's column is not looked at
   * @throws IllegalArgumentException if a path names nothing, a file lacks a column, or a file
   *     cannot be read to its end
   */
  public static ExampleRows<Example> read(
      SparkSession spark, String taskName, List<String> paths, Columns columns, boolean labelled) {
    ProblemType problem = ProblemType.SINGLE_LABEL;
    return read(spark, taskName, paths, columns, problem, labelled, CsvConfig.defaults());
  }

  /**
   * Reads examples, as above.
   *
   * @param problem what labels are: a text; of several labels a list, a text that is one in JSON,
   *     or a text with {@code |} between labels; or a number
   * @param csv how CSV and TSV files are written
   */
  public static ExampleRows<Example> read(
      SparkSession spark,
      String taskName,
      List<String> paths,
      Columns columns,
      ProblemType problem,
      boolean labelled,
      CsvConfig csv) {
    RowRule<Example> rule = rule(columns, labelled, problem);
    return RowReader.read(spark, taskName, paths, rule, DataFile.UTF_8, csv);
  }

  /** When a row is a text, or an image, to be labelled. */
  public static RowRule<Example> unlabelled(Columns columns) {
    return rule(columns, false, ProblemType.SINGLE_LABEL);
  }

  /**
   * When a row is an example.
   *
   * @param labelled whether it needs a label
   * @param problem what labels are
   */
  static RowRule<Example> rule(Columns columns, boolean labelled, ProblemType problem) {
    LabelRule label = labelled ? new LabelRule(columns.label(), problem) : null;
    return columns.image() == null
        ? new ExampleRule(columns, label)
        : new ImageRule(columns, label);
  }

  /**
   * Reads texts to be labelled, as {@link #read}, each with its task; {@link ExampleRows#inputs}
   * has all rows with all their columns. A row of none of the tasks is bad.
   */
  public static ExampleRows<TaskRow<Example>> readInputs(
      SparkSession spark, List<String> paths, Columns columns, TaskColumn tasks, CsvConfig csv) {
    return RowReader.read(
        spark,
        tasks.title(),
        paths,
        new KeepingRule<>(new TaskRule<>(tasks, unlabelled(columns))),
        DataFile.UTF_8,
        csv);
  }
}
