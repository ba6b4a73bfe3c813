package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Which files a command reads. */
public final class DataOptions {
  @Option(
      names = "--data",
      paramLabel = "FILE",
      description =
          "JSON, JSON lines, CSV, TSV or Parquet files, folders or globs; or table:NAME of Spark's"
              + " catalog.")
  private List<String> data = List.of();

  @Option(
      names = "--max-bad-rows",
      paramLabel = "N",
      defaultValue = "" + Quarantine.DEFAULT_MAX_BAD_ROWS,
      description = "Bad rows before the command fails (default ${DEFAULT-VALUE}).")
  private long maxBadRows;

  /** The files. */
  public List<String> files() {
    return DataPaths.of(data);
  }

  /** Whether there are files to read. */
  public boolean given() {
    return !data.isEmpty();
  }

  /**
   * Refuses too many bad rows, and none that are good; tells what there is to know of the files.
   */
  public <T extends Serializable> ExampleRows<T> checked(String task, ExampleRows<T> rows) {
    if (rows.badCount() > 0) {
      Quarantine.check(task, rows.badByKind(), maxBadRows(), rows.firstBad());
    }
    if (rows.exampleCount() == 0) {
      throw new IllegalArgumentException("there are no examples in " + data + rows.badTold());
    }
    Stream.concat(
            rows.notices().stream(),
            ExampleRows.told(task, rows.remarks(), rows.exampleCount()).stream())
        .forEach(notice -> System.err.println(VisibleText.of(notice)));
    return rows;
  }

  /** How many rows may be bad. */
  public long maxBadRows() {
    if (maxBadRows < 0) {
      throw new InvalidJobException("--max-bad-rows must be 0 or more, got " + maxBadRows, null);
    }
    return maxBadRows;
  }
}
