package io.github.cola4j.data.jinja.value;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What Python says of values: truth, equality, order, membership, elements. */
public final class Values {
  private Values() {}

  /** Python's name of a value's type. */
  public static String type(Object value) {
    if (value == null) {
      return "NoneType";
    }
    if (value instanceof Range) {
      return "range";
    }
    if (value instanceof Tuple) {
      return "tuple";
    }
    return value instanceof String
        ? "str"
        : value instanceof Long
            ? "int"
            : value instanceof Double
                ? "float"
                : value instanceof Boolean
                    ? "bool"
                    : value instanceof List
                        ? "list"
                        : value instanceof Map
                            ? "dict"
                            : value instanceof Invocable
                                ? "function"
                                : value
                                    .getClass()
                                    .getSimpleName()
                                    .toLowerCase(java.util.Locale.ROOT);
  }

  public static boolean isTrue(Object value) {
    if (value == null || value instanceof Undefined) {
      return false;
    }
    if (value instanceof Boolean truth) {
      return truth;
    }
    if (value instanceof String text) {
      return !text.isEmpty();
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    if (value instanceof Lazy lazy && lazy.isView()) {
      return !lazy.take().isEmpty();
    }
    return !(value instanceof Long number && number == 0)
        && !(value instanceof Double other && other == 0);
  }

  /** A value that can be a key of a map. */
  public static Object key(Object value) {
    if (value == null || value instanceof String || value instanceof Long) {
      return value;
    }
    throw TemplateException.unsupported("a key of type " + type(value));
  }

  /** What a loop goes over. */
  public static List<Object> items(Budget budget, Object value) {
    if (value instanceof Undefined) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return unchecked(list);
    }
    if (value instanceof Lazy lazy) {
      return lazy.take();
    }
    if (value instanceof Map<?, ?> map) {
      budget.elements(map.size());
      return new ArrayList<>(map.keySet());
    }
    if (value instanceof String text) {
      budget.elements(text.length());
      List<Object> characters = new ArrayList<>();
      text.codePoints().forEach(c -> characters.add(Character.toString(c)));
      return characters;
    }
    throw new TemplateException("a " + type(value) + " cannot be looped over");
  }

  @SuppressWarnings("unchecked")
  static List<Object> unchecked(List<?> list) {
    return (List<Object>) list;
  }

  public static long length(Budget budget, Object value) {
    if (value instanceof Undefined) {
      return 0;
    }
    if (value instanceof String text) {
      budget.read(text.length());
      return text.codePointCount(0, text.length());
    }
    if (value instanceof List<?> list) {
      return list.size();
    }
    if (value instanceof Map<?, ?> map) {
      return map.size();
    }
    if (value instanceof Lazy lazy && lazy.isView()) {
      return lazy.take().size();
    }
    throw new TemplateException("a " + type(value) + " has no length");
  }

  public static boolean equal(Budget budget, Object left, Object right) {
    budget.step(1);
    if (left == null || right == null) {
      return left == right;
    }
    if (Arithmetic.isNumber(left) && Arithmetic.isNumber(right)) {
      return Arithmetic.compare(left, right) == 0;
    }
    if (left instanceof String text && right instanceof String other) {
      budget.read(Math.min(text.length(), other.length()));
      return text.equals(other);
    }
    if (left instanceof List<?> list && right instanceof List<?> other) {
      return type(left).equals(type(right))
          && list.size() == other.size()
          && equalItems(budget, list, other);
    }
    if (left instanceof Map<?, ?> map && right instanceof Map<?, ?> other) {
      return map.size() == other.size() && equalEntries(budget, map, other);
    }
    return left == right || (left instanceof Undefined && right instanceof Undefined);
  }

  private static boolean equalItems(Budget budget, List<?> left, List<?> right) {
    budget.enter();
    Iterator<?> others = right.iterator();
    for (Object item : left) {
      if (!equal(budget, item, others.next())) {
        budget.leave();
        return false;
      }
    }
    budget.leave();
    return true;
  }

  private static boolean equalEntries(Budget budget, Map<?, ?> left, Map<?, ?> right) {
    budget.enter();
    boolean same = true;
    for (Map.Entry<?, ?> entry : left.entrySet()) {
      if (!right.containsKey(entry.getKey())
          || !equal(budget, entry.getValue(), right.get(entry.getKey()))) {
        same = false;
        break;
      }
    }
    budget.leave();
    return same;
  }

  public static boolean compare(Budget budget, String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> equal(budget, left, right);
      case "!=" -> !equal(budget, left, right);
      case "in" -> contains(budget, right, left);
      case "not in" -> !contains(budget, right, left);
      case "<" -> order(budget, operator, left, right) < 0;
      case "<=" -> order(budget, operator, left, right) <= 0;
      case ">" -> order(budget, operator, left, right) > 0;
      case ">=" -> order(budget, operator, left, right) >= 0;
      default -> throw new TemplateException(operator + " compares nothing");
    };
  }

  /** Below, at or above 0, as {@code Comparator} has it. */
  public static int order(Budget budget, String operator, Object left, Object right) {
    if (Arithmetic.isNumber(left) && Arithmetic.isNumber(right)) {
      budget.step(1);
      return Arithmetic.compare(left, right);
    }
    if (left instanceof String text && right instanceof String other) {
      budget.read(Math.min(text.length(), other.length()));
      return Text.compare(text, other);
    }
    if (left instanceof List<?> list
        && right instanceof List<?> other
        && type(left).equals(type(right))) {
      budget.enter();
      int result = Integer.compare(list.size(), other.size());
      for (int i = 0; i < Math.min(list.size(), other.size()); i++) {
        if (!equal(budget, list.get(i), other.get(i))) {
          result = order(budget, operator, list.get(i), other.get(i));
          break;
        }
      }
      budget.leave();
      return result;
    }
    for (Object value : new Object[] {left, right}) {
      if (value instanceof Undefined undefined) {
        throw undefined.error();
      }
    }
    throw new TemplateException(
        "'" + operator + "' does not compare " + type(left) + " and " + type(right));
  }

  static boolean contains(Budget budget, Object container, Object value) {
    if (container instanceof String text) {
      if (value instanceof String part) {
        return new Search(budget, text, part).next(0) >= 0;
      }
      throw value instanceof Undefined undefined
          ? undefined.error()
          : new TemplateException("'in' of a str needs a str, got " + type(value));
    }
    if (container instanceof Map<?, ?> map) {
      budget.step(1);
      return (value == null || value instanceof String || value instanceof Long)
          && map.containsKey(value);
    }
    if (container == null || Arithmetic.isNumber(container)) {
      throw new TemplateException("'in' needs a container, got " + type(container));
    }
    for (Object item : items(budget, container)) {
      if (equal(budget, item, value)) {
        return true;
      }
    }
    return false;
  }

  /** Whether two values are one object, as {@code is} of Python asks for simple ones. */
  public static boolean same(Object left, Object right) {
    return left == right
        || (type(left).equals(type(right))
            && (left instanceof Boolean || left instanceof Long || left instanceof String)
            && Objects.equals(left, right));
  }
}
