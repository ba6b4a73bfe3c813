package io.github.cola4j.spark.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A confusion matrix as cells, a row a label. */
record MatrixView(List<String> classes, List<Row> rows) {
  /** The largest that is shown. */
  static final int MOST_CLASSES = 40;

  /** The answers to the examples of a class. */
  record Row(String label, List<Cell> cells) {}

  /**
   * How often a class was the answer.
   *
   * @param kind {@code hit}, {@code miss}, or {@code none} for 0
   * @param share of its row, from 0 to 1
   * @param title in words
   */
  record Cell(String count, String kind, String share, String title) {}

  static MatrixView of(ConfusionMatrix matrix) {
    List<String> classes = matrix.classes();
    return new MatrixView(
        classes,
        IntStream.range(0, classes.size())
            .mapToObj(label -> row(classes, label, matrix.counts()[label]))
            .toList());
  }

  private static Row row(List<String> classes, int label, long[] counts) {
    long all = Math.max(1, Arrays.stream(counts).sum());
    return new Row(
        classes.get(label),
        IntStream.range(0, counts.length)
            .mapToObj(
                answer ->
                    new Cell(
                        Show.count(counts[answer]),
                        counts[answer] == 0 ? "none" : answer == label ? "hit" : "miss",
                        String.format(Locale.ROOT, "%.2f", (double) counts[answer] / all),
                        classes.get(label) + " answered as " + classes.get(answer)))
            .toList());
  }
}
