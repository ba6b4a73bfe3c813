package io.github.cola4j.spark.report;

import java.util.List;

/**
 * A table of numbers, the first column of which is the round, and the chart that a script draws of
 * it.
 *
 * @param id of the table
 * @param unit of the numbers; empty for none
 * @param kind {@code line}, or {@code stack} where a row's numbers add up
 * @param columns their names
 */
record Chart(
    String id, String title, String unit, String kind, List<String> columns, List<Row> rows) {

  /** A round's numbers, as {@link Show} writes them. */
  record Row(int round, List<String> cells) {}

  /** What one cannot see is told. */
  String description() {
    return String.format(
        "%s by round, %s chart of %d rounds: %s. The numbers are in the table below.",
        title, kind, rows.size(), String.join(", ", columns));
  }

  boolean hasUnit() {
    return !unit.isEmpty();
  }

  /** Whether there is a number at all. */
  boolean hasNumbers() {
    return rows.stream().anyMatch(row -> row.cells().stream().anyMatch(c -> !c.equals(Show.NONE)));
  }
}
