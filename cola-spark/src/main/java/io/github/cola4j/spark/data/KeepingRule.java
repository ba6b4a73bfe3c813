package io.github.cola4j.spark.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Another rule, whose rows keep all that their file has of them. */
record KeepingRule<T extends Serializable>(RowRule<T> rule) implements RowRule<T> {
  @Override
  public boolean keepsAll() {
    return true;
  }

  @Override
  public ReadRow<T> read(String file, long line, Values values, Supplier<String> content) {
    ObjectNode columns = JsonNodeFactory.instance.objectNode();
    values.all(columns);
    String json = Surrogates.repaired(columns.toString());
    return rule.read(file, line, values, content).of(new ReadRow.Origin(file, line, json));
  }

  @Override
  public Map<String, String> required(Collection<String> present) {
    return rule.required(present);
  }

  @Override
  public List<String> optional() {
    return rule.optional();
  }

  @Override
  public List<String> watched() {
    return rule.watched();
  }

  @Override
  public String remark(String column) {
    return rule.remark(column);
  }

  @Override
  public List<String> remarks(Values values, T example) {
    return rule.remarks(values, example);
  }

  @Override
  public String mend(String role) {
    return rule.mend(role);
  }

  @Override
  public List<String> headerless(List<String> first) {
    return rule.headerless(first);
  }

  @Override
  public T apply(Values values) throws BadRowException {
    return rule.apply(values);
  }

  @Override
  public String label(T example) {
    return rule.label(example);
  }
}
