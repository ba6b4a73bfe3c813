package io.github.cola4j.spark.data.row;

import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** A rule that does what another one does, but for what it overrides. */
interface ForwardingRule<T extends Serializable> extends RowRule<T> {
  /** The other rule. */
  RowRule<T> rule();

  @Override
  default Map<String, String> required(Collection<String> present) {
    return rule().required(present);
  }

  @Override
  default List<String> optional() {
    return rule().optional();
  }

  @Override
  default List<String> watched() {
    return rule().watched();
  }

  @Override
  default String remark(String column) {
    return rule().remark(column);
  }

  @Override
  default List<String> remarks(Collection<String> present) {
    return rule().remarks(present);
  }

  @Override
  default List<String> remarks(Values values, T example) {
    return rule().remarks(values, example);
  }

  @Override
  default boolean keepsAll() {
    return rule().keepsAll();
  }

  @Override
  default Set<String> notKept() {
    return rule().notKept();
  }

  @Override
  default String fixHint(String role) {
    return rule().fixHint(role);
  }

  @Override
  default List<String> headerless(List<String> first) {
    return rule().headerless(first);
  }

  @Override
  default T apply(Values values) throws BadRowException {
    return rule().apply(values);
  }

  @Override
  default List<String> labels(T example) {
    return rule().labels(example);
  }

  @Override
  default ReadRow<T> read(String file, long line, Values values, Supplier<String> content) {
    return rule().read(file, line, values, content);
  }
}
