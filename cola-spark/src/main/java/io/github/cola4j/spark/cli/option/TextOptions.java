package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.data.Columns;
import picocli.CommandLine.Option;

/** Where a classifier's rows have their texts. */
public final class TextOptions {
  @Option(
      names = "--text",
      paramLabel = "COLUMN",
      description = "Classifier: column of the text (default text).")
  private String text;

  @Option(
      names = "--pair",
      paramLabel = "COLUMN",
      description = "Classifier: column of the second text, if there is one.")
  private String pair;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "Classifier: column of the label (default label).")
  private String label;

  public Columns columns() {
    return new Columns(text, pair, label);
  }
}
