package io.github.cola4j.spark.data;

import io.github.cola4j.spark.data.image.ImageFormat;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which columns of a file, or keys of a JSON object, make an example: a text or a pair of texts, or
 * where {@code image} is given an image.
 *
 * @param text the text's column; null means {@code text}
 * @param pair the second text's column; null where examples are single texts
 * @param label the label's column; null means {@code label}
 * @param weight the column of how much an example counts in training; null where all count alike
 * @param image the image's column: bytes of a file, as Spark's source {@code binaryFile} has them,
 *     or a struct of its source {@code image}; null where examples are texts
 */
@RecordBuilder
public record Columns(String text, String pair, String label, String weight, String image)
    implements Serializable, ColumnsBuilder.With {
  /** Fills in the defaults. */
  public Columns {
    text = text == null ? "text" : text;
    label = label == null ? "label" : label;
    if (image != null && pair != null) {
      throw new IllegalArgumentException(
          "an example is an image or a pair of texts: leave out one of the columns '"
              + image
              + "' and '"
              + pair
              + "'");
    }
  }

  /** Columns of examples that count alike. */
  public Columns(String text, String pair, String label) {
    this(text, pair, label, null, null);
  }

  /** Every default. */
  public static Columns defaults() {
    return ColumnsBuilder.builder().build();
  }

  /** Columns of images with their names and labels, as files of images have them. */
  public static Columns ofImages() {
    return defaults().withImage(ImageFormat.IMAGE);
  }

  /**
   * The columns a row must have, by role: {@code text} or {@code image}, then {@code pair}, {@code
   * label} and {@code weight} where they are read.
   */
  Map<String, String> required(boolean labelled) {
    Map<String, String> required = new LinkedHashMap<>();
    required.put(image == null ? "text" : "image", image == null ? text : image);
    if (pair != null) {
      required.put("pair", pair);
    }
    if (labelled) {
      required.put("label", label);
    }
    if (labelled && weight != null) {
      required.put("weight", weight);
    }
    return required;
  }
}
