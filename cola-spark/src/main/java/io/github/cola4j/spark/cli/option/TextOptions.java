package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.data.Columns;
import java.util.List;
import picocli.CommandLine.Option;

/** Where a classifier's rows have their texts. */
public final class TextOptions {
  @Option(
      names = "--text",
      paramLabel = "COLUMN",
      description = "Classifier: column of the text (default: as in training, else text).")
  private String text;

  @Option(
      names = "--pair",
      paramLabel = "COLUMN",
      description =
          "Classifier: column of the second text, if there is one (default: as in training).")
  private String pair;

  @Option(
      names = "--image",
      paramLabel = "COLUMN",
      description =
          "Classifier of images: column of the image (default: as in training, else image).")
  private String image;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "Classifier: column of the label (default: as in training, else label).")
  private String label;

  /** The columns that are named; for others those that the adapters have learnt from. */
  public Columns columns(List<AdapterStore.Description> adapters) {
    LearntColumns learnt =
        LearntColumns.of(adapters, text != null || pair != null || image != null);
    return new Columns(learnt.or(text, "text"), learnt.or(pair, "pair"), learnt.or(label, "label"))
        .withImage(learnt.or(image, "image"));
  }
}
