package io.github.cola4j.spark.data;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.language.DialogueRule;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.data.row.KeepingRule;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads dialogues: alpaca, chat and sharegpt rows from files and Spark tables. */
public final class DialogueReader {
  private DialogueReader() {}

  /**
   * Reads dialogues to train on from files. All rows are read once before this returns, and stay
   * persisted until the result is closed.
   *
   * @param taskName the task, for messages
   * @param paths files, folders, globs or tables, as of {@link ExampleReader#read}; in CSV and TSV
   *     a list of messages is a string of JSON
   * @param format how a row holds a dialogue
   * @param columns which columns
   * @param encoding the text files' charset; null detects it: a byte-order mark says which, else it
   *     is UTF-8, and bytes that are not are read as Windows-1252, with a notice
   * @throws IllegalArgumentException if a path names nothing, a file lacks a column, or a file
   *     cannot be read to its end
   */
  public static ExampleRows<Dialogue> read(
      SparkSession spark,
      String taskName,
      List<String> paths,
      DialogueFormat format,
      DialogueColumns columns,
      String encoding) {
    return read(spark, taskName, paths, format, columns, encoding, CsvConfig.defaults());
  }

  /**
   * Reads dialogues to train on from files, as above.
   *
   * @param csv how CSV and TSV files are written
   */
  public static ExampleRows<Dialogue> read(
      SparkSession spark,
      String taskName,
      List<String> paths,
      DialogueFormat format,
      DialogueColumns columns,
      String encoding,
      CsvConfig csv) {
    return RowReader.read(
        spark, taskName, paths, new DialogueRule(format, columns, true), encoding, csv);
  }

  /**
   * Reads what a language model learns from, as above; what its rule remarks on is counted in
   * {@link ExampleRows#remarks}.
   */
  public static <E extends Serializable> ExampleRows<E> read(
      SparkSession spark,
      String taskName,
      List<String> paths,
      LanguageRows<E> rows,
      String encoding,
      CsvConfig csv) {
    return RowReader.read(spark, taskName, paths, rows.rule(), encoding, csv);
  }

  /**
   * Reads dialogues to train on from a table, whose order must be the same whenever it is computed.
   *
   * @param name stands for the file in the quarantine, a row's number for its line
   * @throws IllegalArgumentException if the table lacks a column
   */
  public static ExampleRows<Dialogue> read(
      String taskName,
      String name,
      Dataset<Row> table,
      DialogueFormat format,
      DialogueColumns columns) {
    return RowReader.read(taskName, name, table, new DialogueRule(format, columns, true));
  }

  /**
   * Reads dialogues to be answered from files, as {@link #read}; an answer in them is not looked
   * at, and {@link ExampleRows#inputs} has all rows with all their columns.
   *
   * @param tasks which adapter answers
   */
  public static ExampleRows<PromptRow> readPrompts(
      SparkSession spark,
      List<String> paths,
      DialogueFormat format,
      DialogueColumns columns,
      TaskColumn tasks,
      String encoding) {
    return readPrompts(spark, paths, format, columns, tasks, encoding, CsvConfig.defaults());
  }

  /**
   * Reads dialogues to be answered from files, as above.
   *
   * @param csv how CSV and TSV files are written
   */
  public static ExampleRows<PromptRow> readPrompts(
      SparkSession spark,
      List<String> paths,
      DialogueFormat format,
      DialogueColumns columns,
      TaskColumn tasks,
      String encoding,
      CsvConfig csv) {
    PromptRule rule = new PromptRule(new DialogueRule(format, columns, false), tasks);
    return RowReader.read(spark, tasks.title(), paths, new KeepingRule<>(rule), encoding, csv);
  }

  /**
   * Reads dialogues to be answered from a table, whose order must be the same whenever it is
   * computed.
   *
   * @param name stands for the file in the quarantine, a row's number for its line
   * @param tasks which adapter answers
   */
  public static ExampleRows<PromptRow> readPrompts(
      String name,
      Dataset<Row> table,
      DialogueFormat format,
      DialogueColumns columns,
      TaskColumn tasks) {
    PromptRule rule = new PromptRule(new DialogueRule(format, columns, false), tasks);
    return RowReader.read(tasks.title(), name, table, new KeepingRule<>(rule));
  }

  /** When a row is a dialogue to be answered; an answer in it is not looked at. */
  public static RowRule<Dialogue> unanswered(DialogueFormat format, DialogueColumns columns) {
    return new DialogueRule(format, columns, false);
  }
}
