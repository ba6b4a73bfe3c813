package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.cli.output.FileOutput;
import io.github.cola4j.spark.cli.output.ParquetOutput;
import io.github.cola4j.spark.cli.output.PredictionOutput;
import io.github.cola4j.spark.cli.output.TableOutput;
import io.github.cola4j.spark.job.output.OutputFile;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.output.OutputFormat;
import picocli.CommandLine.Option;

/** Where predictions go, and as what. */
public final class OutputOptions {
  /** Where bad rows go. */
  enum BadRows {
    BOTH,
    OUTPUT,
    BESIDE
  }

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description =
          "Where to write a row for each row: FILE.jsonl, FILE.csv, FOLDER.parquet or table:NAME."
              + " It has text, pair, label, probability and probabilities, as far as there are any; of a language model the"
              + " prompt's fields and answer; then row, file, line, what is bad, and the row's"
              + " columns.")
  private String output;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      description = "jsonl, csv or parquet, whatever the output's ending.")
  private String format;

  @Option(names = "--overwrite", description = "Replaces the output.")
  private boolean overwrite;

  @Option(
      names = "--bad-rows",
      paramLabel = "WHERE",
      defaultValue = "both",
      description =
          "Where bad rows go: output (among the others, with their reason), beside (a file of their"
              + " own), or both (default; a table has them as rows).")
  private BadRows badRows;

  /** The output as it was named. */
  public String name() {
    return output;
  }

  /** Whether it is a pipe or a device, such as standard output. */
  public boolean isDevice() {
    return OutputFile.isSpecial(output);
  }

  /** Whether bad rows are among the others. */
  public boolean keepsBad() {
    return badRows != BadRows.BESIDE;
  }

  /** Whether bad rows go to a file of their own. */
  public boolean setsBadAside() {
    return badRows != BadRows.OUTPUT;
  }

  /**
   * The place.
   *
   * @throws InvalidJobException if its format is not known
   */
  public PredictionOutput place() {
    OutputFormat how = format();
    if (how == OutputFormat.TABLE) {
      if (!keepsBad()) {
        throw new InvalidJobException(
            "output " + output + " is a table, which has nothing beside it; leave --bad-rows out",
            null);
      }
      return new TableOutput(output, overwrite);
    }
    return how == OutputFormat.PARQUET
        ? new ParquetOutput(output, overwrite)
        : new FileOutput(output, how, overwrite);
  }

  private OutputFormat format() {
    try {
      return OutputFormat.of(output, format);
    } catch (IllegalArgumentException e) {
      if (format == null && (OutputFile.isSpecial(output) || OutputFile.isFolder(output))) {
        return OutputFormat.JSONL; // a device gets lines; of a folder it is said that it is one
      }
      throw new InvalidJobException(e.getMessage(), e);
    }
  }
}
