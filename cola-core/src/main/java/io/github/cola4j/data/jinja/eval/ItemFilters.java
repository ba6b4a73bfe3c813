package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Arithmetic;
import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.Lazy;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters of items: {@code map}, {@code select} and its kin, {@code sort} and others by order. */
final class ItemFilters {
  private ItemFilters() {}

  /** An attribute, with dots for one of another; an undefined one gives the default if not null. */
  static Object attribute(Budget budget, Object item, Object attribute, Object otherwise) {
    if (attribute instanceof Long) {
      return Lookup.item(budget, item, attribute);
    }
    if (!(attribute instanceof String path)) {
      throw new TemplateException("an attribute is a str, got a " + Values.type(attribute));
    }
    budget.read(path.length());
    Object value = item;
    for (String part : path.split("\\.", -1)) {
      boolean number = !part.isEmpty() && part.length() < 10 && TextMethods.is(part, "isdigit");
      value = Lookup.item(budget, value, number ? (Object) Long.valueOf(part) : part);
      if (value instanceof Undefined && otherwise != null) {
        value = otherwise;
      }
    }
    return value;
  }

  static Object map(Rendering rendering, Object value, CallArguments arguments) {
    List<Object> results = new ArrayList<>();
    List<Object> items = Values.items(rendering.budget(), value);
    rendering.budget().elements(items.size());
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      arguments.require("map", 0, List.of("attribute", "default"));
      Object attribute = arguments.get(0, "attribute", null);
      Object otherwise = arguments.get(1, "default", null);
      for (Object item : items) {
        results.add(attribute(rendering.budget(), item, attribute, otherwise));
      }
    } else {
      Filters.Filter filter = Filters.named(name("map", arguments, 0), 0);
      CallArguments rest = after(arguments, 1);
      for (Object item : items) {
        rendering.budget().enter();
        results.add(filter.apply(rendering, item, rest));
        rendering.budget().leave();
      }
    }
    return Lazy.generator(results);
  }

  private static String name(String filter, CallArguments arguments, int index) {
    if (index < arguments.positional().size()
        && arguments.positional().get(index) instanceof String name) {
      return name;
    }
    throw new TemplateException(filter + " needs the name of a filter, a test or an attribute");
  }

  private static CallArguments after(CallArguments arguments, int from) {
    List<Object> all = arguments.positional();
    return new CallArguments(
        all.subList(Math.min(from, all.size()), all.size()), arguments.named());
  }

  /** {@code select}, {@code reject}, {@code selectattr}, {@code rejectattr}. */
  static Object selected(
      Rendering rendering, String filter, Object value, CallArguments arguments) {
    boolean byAttribute = filter.endsWith("attr");
    String attribute = byAttribute ? name(filter, arguments, 0) : null;
    int at = byAttribute ? 1 : 0;
    Tests.Test test = arguments.positional().size() > at ? test(name(filter, arguments, at)) : null;
    CallArguments rest = after(arguments, at + 1);
    List<Object> kept = new ArrayList<>();
    List<Object> items = Values.items(rendering.budget(), value);
    rendering.budget().elements(items.size());
    for (Object item : items) {
      Object tested = byAttribute ? attribute(rendering.budget(), item, attribute, null) : item;
      boolean holds = test == null ? Values.isTrue(tested) : test.holds(rendering, tested, rest);
      if (holds == filter.startsWith("select")) {
        kept.add(item);
      }
    }
    return Lazy.generator(kept);
  }

  /** Operators are tests' names too. */
  private static Tests.Test test(String name) {
    return Tests.named(
        switch (name) {
          case "==" -> "eq";
          case "!=" -> "ne";
          case "<" -> "lt";
          case "<=" -> "le";
          case ">" -> "gt";
          case ">=" -> "ge";
          default -> name;
        },
        0);
  }

  /** An item and what it is ordered by. */
  private record Keyed(Object key, Object item) {}

  /** {@code sort}, {@code unique}, {@code min}, {@code max}, {@code sum}, {@code dictsort}. */
  static Object ordered(Rendering rendering, String filter, Object value, CallArguments arguments) {
    Budget budget = rendering.budget();
    return switch (filter) {
      case "sort" -> {
        arguments.require(filter, 0, List.of("reverse", "case_sensitive", "attribute"));
        boolean cased = arguments.flag(1, "case_sensitive", false);
        yield sorted(
            budget,
            keyed(budget, value, cased, arguments.get(2, "attribute", null)),
            arguments.flag(0, "reverse", false));
      }
      case "dictsort" -> {
        arguments.require(filter, 0, List.of("case_sensitive", "by", "reverse"));
        if (!(value instanceof Map<?, ?> map)) {
          throw new TemplateException("dictsort needs a dict, got a " + Values.type(value));
        }
        Object by = arguments.string(1, "by", "key").equals("key") ? (Object) 0L : (Object) 1L;
        yield sorted(
            budget,
            keyed(
                budget,
                ContainerMethods.items(budget, map),
                arguments.flag(0, "case_sensitive", false),
                by),
            arguments.flag(2, "reverse", false));
      }
      case "unique" -> {
        arguments.require(filter, 0, List.of("case_sensitive", "attribute"));
        yield unique(
            budget,
            keyed(
                budget,
                value,
                arguments.flag(0, "case_sensitive", false),
                arguments.get(1, "attribute", null)));
      }
      case "min", "max" -> {
        arguments.require(filter, 0, List.of("case_sensitive", "attribute"));
        yield extreme(
            budget,
            filter,
            keyed(
                budget,
                value,
                arguments.flag(0, "case_sensitive", false),
                arguments.get(1, "attribute", null)));
      }
      default -> {
        arguments.require(filter, 0, List.of("attribute", "start"));
        Object sum = arguments.get(1, "start", 0L);
        for (Keyed item : keyed(budget, value, true, arguments.get(0, "attribute", null))) {
          sum = Arithmetic.of(budget, "+", sum, item.key);
        }
        yield sum;
      }
    };
  }

  private static List<Keyed> keyed(Budget budget, Object value, boolean cased, Object attribute) {
    List<Object> items = Values.items(budget, value);
    budget.elements(items.size());
    List<Keyed> keyed = new ArrayList<>();
    for (Object item : items) {
      Object key = attribute == null ? item : attribute(budget, item, attribute, null);
      if (!cased && key instanceof String text) {
        budget.string(text.length());
        key = text.toLowerCase(Locale.ROOT);
      }
      keyed.add(new Keyed(key, item));
    }
    return keyed;
  }

  private static List<Object> sorted(Budget budget, List<Keyed> items, boolean reverse) {
    Comparator<Keyed> order =
        (a, b) ->
            reverse
                ? Values.order(budget, "<", b.key, a.key)
                : Values.order(budget, "<", a.key, b.key);
    items.sort(order);
    return new ArrayList<>(items.stream().map(Keyed::item).toList());
  }

  private static Object unique(Budget budget, List<Keyed> items) {
    List<Keyed> first = new ArrayList<>();
    for (Keyed item : items) {
      if (first.stream().noneMatch(other -> Values.equal(budget, other.key, item.key))) {
        first.add(item);
      }
    }
    return Lazy.generator(new ArrayList<>(first.stream().map(Keyed::item).toList()));
  }

  private static Object extreme(Budget budget, String filter, List<Keyed> items) {
    if (items.isEmpty()) {
      return new Undefined("no aggregated item, sequence was empty");
    }
    Keyed best = items.get(0);
    for (Keyed item : items) {
      int order = Values.order(budget, "<", item.key, best.key);
      if (filter.equals("min") ? order < 0 : order > 0) {
        best = item;
      }
    }
    return best.item;
  }
}
