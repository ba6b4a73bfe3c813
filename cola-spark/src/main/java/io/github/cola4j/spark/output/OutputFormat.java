package io.github.cola4j.spark.output;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What predictions are written as; the output's ending says which, unless it is named. */
public enum OutputFormat {
  /** A file with a JSON object a line. */
  JSONL("jsonl", "ndjson", "json"),
  /** A file of comma-separated values with a header line. */
  CSV("csv"),
  /** A folder of Parquet files, written by executors. */
  PARQUET("parquet"),
  /** A table of Spark's catalog, written by executors. */
  TABLE;

  /** What the name of a table begins with, where files may stand too. */
  public static final String TABLE_PREFIX = "table:";

  private final List<String> endings;

  OutputFormat(String... endings) {
    this.endings = List.of(endings);
  }

  /**
   * The format of an output.
   *
   * @param format its name, in lower or upper case, or null for what the ending says
   * @throws IllegalArgumentException if the name or the ending is none of a format, or the name is
   *     not that of {@code table:}
   */
  public static OutputFormat of(String output, String format) {
    boolean isTable = output.startsWith(TABLE_PREFIX);
    if (isTable || (format != null && format.equalsIgnoreCase(TABLE.name()))) {
      if (!isTable || (format != null && !format.equalsIgnoreCase(TABLE.name()))) {
        throw new IllegalArgumentException(
            "output "
                + output
                + " with format "
                + format
                + ": a table is named table:NAME, and nothing else is");
      }
      return TABLE;
    }
    return format == null ? byEnding(output) : byName(format);
  }

  private static OutputFormat byName(String format) {
    return Arrays.stream(values())
        .filter(one -> one != TABLE && one.name().equalsIgnoreCase(format))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "output format '" + format + "' is none; expected jsonl, csv or parquet"));
  }

  private static OutputFormat byEnding(String output) {
    String ending = output.substring(output.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(one -> one.endings.contains(ending))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "the ending of output %s names no format; expected %s, or table:NAME of"
                            + " Spark's catalog, or --output-format jsonl, csv or parquet",
                        output,
                        Arrays.stream(values())
                            .flatMap(one -> one.endings.stream())
                            .map(one -> "." + one)
                            .collect(Collectors.joining(", ")))));
  }

  /** Whether the driver writes one file, from lines in their order. */
  public boolean isOneFile() {
    return this == JSONL || this == CSV;
  }
}
