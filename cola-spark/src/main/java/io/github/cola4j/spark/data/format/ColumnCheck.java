package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.row.FileCheck;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.apache.hadoop.conf.Configuration;

/**
 * Looks at files before they are read: finds the column that a job names and a file does not have:
 * a mistake in the job, where one row without it is one in the data.
 */
public final class ColumnCheck {
  /** JSON objects looked at; their keys together are the file's columns. */
  private static final int OBJECTS = 100;

  private static final int SHOWN = 20;

  /** Characters shown of a column's name. */
  private static final int SHOWN_OF_NAME = 100;

  private static final Map<Character, String> NAMES =
      Map.of(';', "semicolons", '\t', "tabs", ',', "commas", '|', "vertical bars");

  private ColumnCheck() {}

  /**
   * A file's columns and encoding.
   *
   * @param csv how CSV and TSV files are written
   */
  public static FileCheck of(
      String task, DataFile file, CsvConfig csv, RowRule<?> rule, Configuration conf)
      throws IOException {
    String problem =
        switch (file.format()) {
          case CSV, TSV -> separated(task, file, csv, rule, conf);
          default -> {
            Collection<String> present = columns(file, csv, rule, conf);
            yield present.isEmpty() ? null : problem(task, file.name(), present, rule);
          }
        };
    return new FileCheck(problem, problem == null ? file.notice(conf) : null);
  }

  private static String separated(
      String task, DataFile file, CsvConfig csv, RowRule<?> rule, Configuration conf)
      throws IOException {
    try (CsvRows<?> rows = new CsvRows<>(file, csv, rule, conf)) {
      List<String> present = rows.header();
      if (rows.problem() != null) {
        return String.format("task '%s': %s: %s", task, file.name(), rows.problem());
      }
      String problem = present.isEmpty() ? null : problem(task, file.name(), present, rule);
      char other =
          problem == null ? CsvFormat.NONE : rows.otherSeparator(rule.required(present).values());
      return other == CsvFormat.NONE
          ? problem
          : String.format(
              "task '%s': %s is not separated as its ending says, but by %s: set"
                  + " data.csv.separator to %s (--csv-separator %<s)",
              task, file.name(), NAMES.get(other), other == '\t' ? "tab" : "'" + other + "'");
    }
  }

  /** What is wrong with the columns of a file or table, or null. */
  public static String problem(
      String task, String file, Collection<String> present, RowRule<?> rule) {
    String twice =
        Stream.concat(rule.required(present).values().stream(), rule.optional().stream())
            .filter(column -> Collections.frequency(present, column) > 1)
            .findFirst()
            .orElse(null);
    if (twice != null) {
      return String.format(
          "task '%s': %s has %d columns of the name '%s', which is read; rename or remove the"
              + " others",
          task, file, Collections.frequency(present, twice), twice);
    }
    for (Map.Entry<String, String> column : rule.required(present).entrySet()) {
      if (!present.contains(column.getValue())) {
        return message(task, file, column.getValue(), present, rule.fixHint(column.getKey()));
      }
    }
    return null;
  }

  private static String message(
      String task, String file, String column, Collection<String> present, String fixHint) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        present.stream()
            .map(ColumnCheck::shown)
            .min(Comparator.comparingInt(name -> distance.apply(name, column)))
            .orElseThrow();
    List<String> shown =
        new ArrayList<>(present.stream().limit(SHOWN).map(ColumnCheck::shown).toList());
    if (present.size() > SHOWN) {
      shown.add("… (" + present.size() + " columns)");
    }
    return String.format(
        "task '%s': column '%s' is not in %s; it has %s (nearest: %s); %s",
        task, column, file, String.join(", ", shown), nearest, fixHint);
  }

  private static String shown(String name) {
    return name.length() <= SHOWN_OF_NAME ? name : name.substring(0, SHOWN_OF_NAME) + "…";
  }

  /** The columns of a text file; none where it has no row to tell. */
  public static Collection<String> columns(
      DataFile file, CsvConfig csv, RowRule<?> rule, Configuration conf) throws IOException {
    return switch (file.format()) {
      case JSON_LINES, JSON -> {
        try (JsonRows<?> rows = new JsonRows<>(file, rule, conf)) {
          yield rows.keys(OBJECTS);
        }
      }
      case CSV, TSV -> {
        try (CsvRows<?> rows = new CsvRows<>(file, csv, rule, conf)) {
          yield rows.header();
        }
      }
      case PARQUET -> throw new IllegalStateException("Parquet's are in its footer");
    };
  }
}
