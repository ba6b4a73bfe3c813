package io.github.cola4j.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;
import java.util.List;

/** Several labels of one example in the place of one, as {@link Example#label} has them. */
public final class LabelList {
  private static final JsonMapper MAPPER = new JsonMapper();

  private LabelList() {}

  /** The labels as one text: a JSON list, each once, in their alphabetical order. */
  public static String text(List<String> labels) {
    try {
      return MAPPER.writeValueAsString(labels.stream().distinct().sorted().toList());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write the labels " + labels, e);
    }
  }

  /**
   * The labels of such a text.
   *
   * @throws IllegalArgumentException if it is no JSON list of texts
   */
  public static List<String> of(String text) {
    String[] labels;
    try {
      labels = MAPPER.readValue(text, String[].class);
    } catch (JsonProcessingException e) {
      labels = null;
    }
    if (labels == null || Arrays.asList(labels).contains(null)) {
      throw new IllegalArgumentException(
          "expected a JSON list of labels, such as [\"a\", \"b\"], got '" + text + "'");
    }
    return List.of(labels);
  }
}
