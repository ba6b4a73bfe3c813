package io.github.cola4j.spark.cli;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.Quarantine;
import io.github.cola4j.spark.job.InvalidJobException;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Which rows a command reads. */
final class DataOptions {
  @Option(
      names = "--data",
      required = true,
      split = ",",
      paramLabel = "FILE",
      description = "JSON, JSON lines, CSV, TSV or Parquet files, folders or globs.")
  private List<String> data;

  @Option(names = "--text", paramLabel = "COLUMN", description = "Column of the text.")
  private String text;

  @Option(names = "--pair", paramLabel = "COLUMN", description = "Column of the second text.")
  private String pair;

  @Option(names = "--label", paramLabel = "COLUMN", description = "Column of the label.")
  private String label;

  @Option(
      names = "--max-bad-rows",
      paramLabel = "N",
      defaultValue = "" + Quarantine.DEFAULT_MAX_BAD_ROWS,
      description = "Bad rows before the command fails (default ${DEFAULT-VALUE}).")
  private long maxBadRows;

  /** Reads the rows, unless too many are bad. */
  ExampleRows<Example> read(SparkSession session, String task, boolean labelled) {
    if (maxBadRows < 0) {
      throw new InvalidJobException("--max-bad-rows must be 0 or more, got " + maxBadRows, null);
    }
    ExampleRows<Example> rows =
        ExampleReader.read(session, task, data, new Columns(text, pair, label), labelled);
    if (rows.badCount() > 0) {
      Quarantine.check(task, rows.badCount(), maxBadRows, rows.firstBad(1).get(0));
    }
    if (rows.exampleCount() == 0) {
      throw new IllegalArgumentException("there are no examples in " + data);
    }
    return rows;
  }
}
