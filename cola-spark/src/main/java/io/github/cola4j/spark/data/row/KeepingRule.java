package io.github.cola4j.spark.data.row;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.function.Supplier;

/** Another rule, whose rows keep all that their file has of them. */
public record KeepingRule<T extends Serializable>(RowRule<T> rule) implements ForwardingRule<T> {
  @Override
  public boolean keepsAll() {
    return true;
  }

  @Override
  public ReadRow<T> read(String file, long line, Values values, Supplier<String> content) {
    ObjectNode columns = JsonNodeFactory.instance.objectNode();
    values.all(columns);
    columns.remove(rule.notKept());
    String json = Surrogates.repaired(columns.toString());
    return rule.read(file, line, values, content).of(new ReadRow.Origin(file, line, json));
  }
}
