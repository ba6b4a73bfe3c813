package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.row.FileCheck;
import java.io.IOException;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** CSV and TSV. */
public final class SeparatedFormat implements RowFormat.ByFile {
  private static final long serialVersionUID = 1;

  /** The ending of files that are separated by tabs. */
  static final String TABS = "tsv";

  private static final Map<Character, String> NAMES =
      Map.of(';', "semicolons", '\t', "tabs", ',', "commas", '|', "vertical bars");

  @Override
  public String name() {
    return "CSV";
  }

  @Override
  public List<String> endings() {
    return List.of("csv", TABS);
  }

  @Override
  public Collection<String> columns(Input<?> input) throws IOException {
    try (CsvRows<?> rows = open(input)) {
      return rows.header();
    }
  }

  @Override
  public FileCheck check(Input<?> input) throws IOException {
    String problem = problem(input);
    return new FileCheck(problem, problem == null ? input.file().notice(input.conf()) : null);
  }

  private String problem(Input<?> input) throws IOException {
    String task = input.task();
    String file = input.file().name();
    try (CsvRows<?> rows = open(input)) {
      List<String> present = rows.header();
      if (rows.problem() != null) {
        return String.format("task '%s': %s: %s", task, file, rows.problem());
      }
      String problem =
          present.isEmpty() ? null : ColumnCheck.problem(task, file, present, input.rule());
      char other =
          problem == null
              ? CsvFormat.NONE
              : rows.otherSeparator(input.rule().required(present).values());
      return other == CsvFormat.NONE
          ? problem
          : String.format(
              "task '%s': %s is not separated as its ending says, but by %s: set"
                  + " data.csv.separator to %s (--csv-separator %<s)",
              task, file, NAMES.get(other), other == '\t' ? "tab" : "'" + other + "'");
    }
  }

  @Override
  public <T extends Serializable> CsvRows<T> open(Input<T> input) throws IOException {
    return new CsvRows<>(input.file(), input.csv(), input.rule(), input.conf());
  }
}
