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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A labelled text: every column it must have holds a text that is not blank, or what the problem's
 * labels are.
 *
 * @param columns the columns read
 * @param labelled whether a row needs a label; if not, the label's column is not looked at
 * @param problem what labels are: a text, a list of texts, or a number
 */
record ExampleRule(Columns columns, boolean labelled, ProblemType problem)
    implements RowRule<Example> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** Where data sets of pairs have their second text; a title is one too. */
  private static final List<String> SECOND =
      List.of("title", "text_pair", "text2", "sentence2", "question2", "hypothesis");

  @Override
  public Map<String, String> required(Collection<String> present) {
    return columns.required(labelled);
  }

  @Override
  public List<String> optional() {
    return List.of();
  }

  /** A second text that nobody asked for. */
  @Override
  public List<String> watched() {
    return columns.pair() != null
        ? List.of()
        : SECOND.stream()
            .filter(name -> !name.equals(columns.text()) && !name.equals(columns.label()))
            .toList();
  }

  @Override
  public String remark(String column) {
    return String.format(
        "have a column '%s', which is not used; tasks[].columns.pair: %s (--pair) would read it as"
            + " the second text of a pair",
        column, column);
  }

  @Override
  public Example apply(Values values) throws BadRowException {
    return new Example(
        RowRule.text(values, columns.text()),
        columns.pair() == null ? null : RowRule.text(values, columns.pair()),
        labelled ? label(values) : null,
        labelled && columns.weight() != null ? weight(values, columns.weight()) : 1);
  }

  private String label(Values values) throws BadRowException {
    return switch (problem) {
      case SINGLE_LABEL -> RowRule.text(values, columns.label());
      case MULTI_LABEL -> several(values);
      case REGRESSION -> number(values);
    };
  }

  /** A number's text, as the data has it. */
  private String number(Values values) throws BadRowException {
    String text = RowRule.text(values, columns.label()).strip();
    try {
      Classification.value(text);
    } catch (IllegalArgumentException e) {
      throw new BadRowException(
          "column '" + columns.label() + "' is no number",
          "column '" + columns.label() + "': " + e.getMessage());
    }
    return text;
  }

  /** A list; a text that is one in JSON; or labels with bars between them, an empty text none. */
  private String several(Values values) throws BadRowException {
    Object value = values.of(columns.label());
    String what = "column '" + columns.label() + "' ";
    if (value == null) {
      throw new BadRowException(what + values.whenNull() + "; write [] for a text without labels");
    }
    List<String> labels = new ArrayList<>();
    if (value instanceof Nested nested) {
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

  private static JsonNode list(String what, String kind, JsonNode json) throws BadRowException {
    if (json == null || !json.isArray()) {
      throw new BadRowException(what + "is " + kind + "; expected a list of labels");
    }
    return json;
  }

  private static String text(String what, JsonNode label) throws BadRowException {
    if (!label.isValueNode() || label.isNull()) {
      throw new BadRowException(what + "has a label that is no text, number or boolean");
    }
    return label.asText();
  }

  private static double weight(Values values, String column) throws BadRowException {
    String text = RowRule.text(values, column);
    double weight;
    try {
      weight = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new BadRowException(
          "column '" + column + "' is no number",
          "column '" + column + "' is '" + text + "'; expected a number above 0");
    }
    if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
      throw new BadRowException(
          "column '" + column + "' is no weight",
          "column '" + column + "' is " + text + "; expected a weight above 0");
    }
    return weight;
  }

  @Override
  public List<String> labels(Example example) {
    return switch (problem) {
      case SINGLE_LABEL -> example.label() == null ? List.of() : List.of(example.label());
      case MULTI_LABEL -> example.label() == null ? List.of() : LabelList.of(example.label());
      case REGRESSION -> List.of();
    };
  }
}
