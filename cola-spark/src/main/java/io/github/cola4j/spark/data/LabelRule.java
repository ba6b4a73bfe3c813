package io.github.cola4j.spark.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.LabelList;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.train.Classification;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What the label of a row may be.
 *
 * @param column the label's
 * @param problem a text, a list of texts, or a number
 */
record LabelRule(String column, ProblemType problem) implements Serializable {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** The label as an {@link Example} has it. */
  String of(RowRule.Values values) throws RowRule.BadRowException {
    return switch (problem) {
      case SINGLE_LABEL -> RowRule.text(values, column);
      case MULTI_LABEL -> several(values);
      case REGRESSION -> number(values);
    };
  }

  /** A number's text, as the data has it. */
  private String number(RowRule.Values values) throws RowRule.BadRowException {
    String text = RowRule.text(values, column).strip();
    try {
      Classification.value(text);
    } catch (IllegalArgumentException e) {
      throw new RowRule.BadRowException(
          "column '" + column + "' is no number", "column '" + column + "': " + e.getMessage());
    }
    return text;
  }

  /** A list; a text that is one in JSON; or labels with bars between them, an empty text none. */
  private String several(RowRule.Values values) throws RowRule.BadRowException {
    Object value = values.of(column);
    String what = "column '" + column + "' ";
    if (value == null) {
      throw new RowRule.BadRowException(
          what + values.whenNull() + "; write [] for a text without labels");
    }
    List<String> labels = new ArrayList<>();
    if (value instanceof RowRule.Nested nested) {
      for (JsonNode label : list(what, nested.kind(), nested.json())) {
        labels.add(RowRule.wellFormed(what + "has a label that ", text(what, label)));
      }
      return LabelList.text(labels);
    }
    String text = ((String) value).strip();
    if (text.startsWith("[")) {
      for (JsonNode label : list(what, "a text that is no list in JSON", json(text))) {
        labels.add(RowRule.wellFormed(what + "has a label that ", text(what, label)));
      }
    } else if (!text.isEmpty()) {
      for (String label : text.split("\\|", -1)) {
        labels.add(RowRule.wellFormed(what + "has a label that ", label.strip()));
      }
    }
    return LabelList.text(labels);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static JsonNode list(String what, String kind, JsonNode json)
      throws RowRule.BadRowException {
    if (json == null || !json.isArray()) {
      throw new RowRule.BadRowException(what + "is " + kind + "; expected a list of labels");
    }
    return json;
  }

  private static String text(String what, JsonNode label) throws RowRule.BadRowException {
    if (!label.isValueNode() || label.isNull()) {
      throw new RowRule.BadRowException(what + "has a label that is no text, number or boolean");
    }
    return label.asText();
  }

  /** The classes that an example with such a label is counted by. */
  List<String> labels(String label) {
    return problem.labels(label);
  }
}
