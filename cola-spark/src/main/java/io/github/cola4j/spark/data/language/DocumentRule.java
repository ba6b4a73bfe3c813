package io.github.cola4j.spark.data.language;

import io.github.cola4j.data.Document;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A text that is learnt as it is; a blank one is a bad row.
 *
 * @param column where it is
 */
record DocumentRule(String column) implements RowRule<Document> {
  @Override
  public Map<String, String> required(Collection<String> present) {
    return Map.of("text", column);
  }

  @Override
  public List<String> optional() {
    return List.of();
  }

  @Override
  public String fixHint(String role) {
    return "set tasks[].dialogue.text (--document)";
  }

  @Override
  public Document apply(Values values) throws BadRowException {
    return Document.of(RowRule.text(values, column));
  }
}
