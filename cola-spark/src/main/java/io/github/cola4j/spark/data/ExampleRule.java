package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A labelled text: every column it must have holds a text that is not blank.
 *
 * @param columns the columns read
 * @param labelled whether a row needs a label; if not, the label's column is not looked at
 */
record ExampleRule(Columns columns, boolean labelled) implements RowRule<Example> {
  @Override
  public Map<String, String> required(Collection<String> present) {
    return columns.required(labelled);
  }

  @Override
  public List<String> optional() {
    return List.of();
  }

  @Override
  public Example apply(Values values) throws BadRowException {
    return new Example(
        RowRule.text(values, columns.text()),
        columns.pair() == null ? null : RowRule.text(values, columns.pair()),
        labelled ? RowRule.text(values, columns.label()) : null);
  }

  @Override
  public String label(Example example) {
    return example.label();
  }
}
