package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A labelled text: every column it must have holds a text that is not blank, or what a label is.
 *
 * @param columns the columns read
 * @param label what a row's label may be; null where the label's column is not looked at
 */
record ExampleRule(Columns columns, LabelRule label) implements RowRule<Example> {
  /** Where data sets of pairs have their second text; a title is one too. */
  private static final List<String> SECOND =
      List.of("title", "text_pair", "text2", "sentence2", "question2", "hypothesis");

  @Override
  public Map<String, String> required(Collection<String> present) {
    return columns.required(label != null);
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
        label == null ? null : label.of(values),
        label != null && columns.weight() != null ? weight(values, columns.weight()) : 1);
  }

  static double weight(Values values, String column) throws BadRowException {
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
    return label == null ? List.of() : label.labels(example.label());
  }
}
