package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.util.List;
import picocli.CommandLine.Option;

/** How CSV and TSV files are written, as {@code data.csv} of a job file says it. */
public final class CsvOptions {
  @Option(
      names = "--csv-separator",
      paramLabel = "CHAR",
      description =
          "CSV, TSV: the character between values, or tab (default: by the file's ending).")
  private String separator;

  @Option(
      names = "--csv-quote",
      paramLabel = "CHAR",
      description = "CSV, TSV: the character around values, or none (default: \" of .csv alone).")
  private String quote;

  @Option(
      names = "--csv-escape",
      paramLabel = "CHAR",
      description =
          "CSV, TSV: the character before a quote in a quoted value, or backslash (default: such a"
              + " quote is doubled).")
  private String escape;

  @Option(
      names = "--csv-header",
      split = ",",
      paramLabel = "COLUMN",
      description = "CSV, TSV: the columns' names, of files without a header line.")
  private List<String> header;

  public CsvConfig config() {
    try {
      return new CsvConfig(separator, quote, escape, header);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(e.getMessage(), e);
    }
  }
}
