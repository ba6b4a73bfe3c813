package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Arithmetic;
import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.Range;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Tuple;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code a.b}, {@code a[b]} and {@code a[b:c:d]} give. */
final class Lookup {
  private Lookup() {}

  static Object attribute(Object base, String name) {
    if (base instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (base instanceof Loop loop) {
      return loop.attribute(name);
    }
    if (base instanceof Namespace namespace) {
      Map<String, Object> attributes = namespace.attributes();
      return attributes.containsKey(name) ? attributes.get(name) : Undefined.attribute(base, name);
    }
    // as in Python, methods hide keys here, and keys hide methods in brackets
    Callable method = method(base, name);
    if (method != null) {
      return method;
    }
    return base instanceof Map<?, ?> map && map.containsKey(name)
        ? map.get(name)
        : Undefined.attribute(base, name);
  }

  private static Callable method(Object base, String name) {
    if (base instanceof String text) {
      return TextMethods.method(text, name);
    }
    if (base instanceof Map<?, ?> map) {
      return ContainerMethods.ofDict(map, name);
    }
    return base instanceof List<?> list ? ContainerMethods.ofList(list, name) : null;
  }

  static Object item(Budget budget, Object base, Object key) {
    if (base instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (base instanceof Map<?, ?> map
        && (key == null || key instanceof String || key instanceof Long)
        && map.containsKey(key)) {
      return map.get(key);
    }
    if (Arithmetic.isInteger(key)) {
      long index = Arithmetic.integer(key);
      if (base instanceof List<?> list) {
        long at = index < 0 ? index + list.size() : index;
        return at < 0 || at >= list.size() ? Undefined.attribute(base, key) : list.get((int) at);
      }
      if (base instanceof String text) {
        long size = Values.length(budget, text);
        long at = index < 0 ? index + size : index;
        return at < 0 || at >= size
            ? Undefined.attribute(base, key)
            : Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
      }
    }
    return key instanceof String name ? attribute(base, name) : Undefined.attribute(base, key);
  }

  static Object slice(Budget budget, Object base, Object from, Object to, Object step) {
    if (base instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (base instanceof String text) {
      return slice(budget, text, from, to, step);
    }
    if (!(base instanceof List<?> list) || base instanceof Range) {
      throw TemplateException.unsupported("a slice of a " + Values.type(base));
    }
    Bounds bounds = Bounds.of(list.size(), from, to, step);
    budget.elements(bounds.count());
    List<Object> items = new ArrayList<>(bounds.count());
    for (int i = 0; i < bounds.count(); i++) {
      items.add(list.get((int) (bounds.from + i * bounds.step)));
    }
    return base instanceof Tuple ? new Tuple(items) : items;
  }

  private static String slice(Budget budget, String text, Object from, Object to, Object step) {
    int size = (int) Values.length(budget, text);
    Bounds bounds = Bounds.of(size, from, to, step);
    budget.string(bounds.count());
    if (bounds.count() == 0) {
      return "";
    }
    if (bounds.step == 1) {
      int begin = text.offsetByCodePoints(0, (int) bounds.from);
      return text.substring(begin, text.offsetByCodePoints(begin, bounds.count()));
    }
    budget.string(2L * size);
    int[] characters = text.codePoints().toArray();
    StringBuilder slice = new StringBuilder();
    for (int i = 0; i < bounds.count(); i++) {
      slice.appendCodePoint(characters[(int) (bounds.from + i * bounds.step)]);
    }
    return slice.toString();
  }

  /** Python's {@code slice.indices}. */
  private record Bounds(long from, long step, int count) {
    static Bounds of(int size, Object from, Object to, Object step) {
      long by = step == null ? 1 : integer(step);
      if (by == 0) {
        throw new TemplateException("a slice's step cannot be zero");
      }
      long least = by > 0 ? 0 : -1;
      long most = by > 0 ? size : size - 1L;
      long begin = from == null ? (by > 0 ? least : most) : clamp(integer(from), size, least, most);
      long end = to == null ? (by > 0 ? most : least) : clamp(integer(to), size, least, most);
      long distance = by > 0 ? end - begin : begin - end;
      // |by| of the smallest long is no long
      long stride = by == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(by);
      return new Bounds(begin, by, distance <= 0 ? 0 : (int) ((distance - 1) / stride + 1));
    }

    private static long clamp(long index, int size, long least, long most) {
      return Math.max(least, Math.min(most, index < 0 ? index + size : index));
    }

    private static long integer(Object bound) {
      if (bound instanceof Undefined undefined) {
        throw undefined.error();
      }
      if (!Arithmetic.isInteger(bound)) {
        throw new TemplateException("a slice needs ints, got a " + Values.type(bound));
      }
      return Arithmetic.integer(bound);
    }
  }
}
