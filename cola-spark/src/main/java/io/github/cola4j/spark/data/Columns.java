package io.github.cola4j.spark.data;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which columns of a file, or keys of a JSON object, make an example.
 *
 * @param text the text's column; null means {@code text}
 * @param pair the second text's column; null where examples are single texts
 * @param label the label's column; null means {@code label}
 * @param weight the column of how much an example counts in training; null where all count alike
 */
@RecordBuilder
public record Columns(String text, String pair, String label, String weight)
    implements Serializable, ColumnsBuilder.With {
  /** Fills in the defaults. */
  public Columns {
    text = text == null ? "text" : text;
    label = label == null ? "label" : label;
  }

  /** Columns of examples that count alike. */
  public Columns(String text, String pair, String label) {
    this(text, pair, label, null);
  }

  /** Every default. */
  public static Columns defaults() {
    return ColumnsBuilder.builder().build();
  }

  /**
   * The columns a row must have, by role: {@code text}, then {@code pair}, {@code label} and {@code
   * weight} where they are read.
   */
  Map<String, String> required(boolean labelled) {
    Map<String, String> required = new LinkedHashMap<>();
    required.put("text", text);
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
