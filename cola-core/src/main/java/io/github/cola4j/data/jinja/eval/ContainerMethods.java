package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.Lazy;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Tuple;
import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Python's methods of {@code dict} and {@code list}; those that change something are refused. */
final class ContainerMethods {
  private static final Set<String> OTHERS_OF_DICT =
      Set.of("clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update");
  private static final Set<String> OTHERS_OF_LIST =
      Set.of("append", "clear", "copy", "extend", "insert", "pop", "remove", "reverse", "sort");

  private ContainerMethods() {}

  /** Null if a dict has none of that name. */
  static Callable ofDict(Map<?, ?> map, String name) {
    return switch (name) {
      case "keys" ->
          (rendering, arguments) -> {
            arguments.require("keys", 0, List.of());
            rendering.budget().elements(map.size());
            return Lazy.view(new ArrayList<>(map.keySet()));
          };
      case "values" ->
          (rendering, arguments) -> {
            arguments.require("values", 0, List.of());
            rendering.budget().elements(map.size());
            return Lazy.view(new ArrayList<>(map.values()));
          };
      case "items" ->
          (rendering, arguments) -> {
            arguments.require("items", 0, List.of());
            return Lazy.view(items(rendering.budget(), map));
          };
      case "get" ->
          (rendering, arguments) -> {
            arguments.require("get", 1, List.of("key", "default"));
            Object key = Values.key(arguments.get(0, "key", null));
            return map.containsKey(key) ? map.get(key) : arguments.get(1, "default", null);
          };
      default -> refused(OTHERS_OF_DICT, "dict", name);
    };
  }

  /** Pairs of keys and values. */
  static List<Object> items(Budget budget, Map<?, ?> map) {
    budget.elements(3L * map.size());
    List<Object> items = new ArrayList<>();
    map.forEach((key, value) -> items.add(Tuple.of(key, value)));
    return items;
  }

  /** Null if a list has none of that name. */
  static Callable ofList(List<?> list, String name) {
    return switch (name) {
      case "index" ->
          (rendering, arguments) -> {
            arguments.require("index", 1, List.of("value"));
            Object value = arguments.get(0, "value", null);
            for (int i = 0; i < list.size(); i++) {
              if (Values.equal(rendering.budget(), list.get(i), value)) {
                return (long) i;
              }
            }
            throw new TemplateException("the value is not in the list");
          };
      case "count" ->
          (rendering, arguments) -> {
            arguments.require("count", 1, List.of("value"));
            Object value = arguments.get(0, "value", null);
            return list.stream()
                .filter(item -> Values.equal(rendering.budget(), item, value))
                .count();
          };
      default -> refused(OTHERS_OF_LIST, "list", name);
    };
  }

  private static Callable refused(Set<String> others, String type, String name) {
    return others.contains(name)
        ? (rendering, arguments) -> {
          throw TemplateException.unsupported("the method ." + name + "() of a " + type);
        }
        : null;
  }
}
