package io.github.cola4j.data.jinja.value;

import java.util.List;

/**
 * What a filter such as {@code map} or a method such as {@code items} gives: it can be looped over,
 * has no elements to look up, and cannot be written. A filter's is empty after the first time, as
 * Python's generators are.
 */
public final class Lazy {
  private final boolean once;
  private List<Object> items;

  private Lazy(List<Object> items, boolean once) {
    this.items = items;
    this.once = once;
  }

  /** Items that can be read once. */
  public static Lazy generator(List<Object> items) {
    return new Lazy(items, true);
  }

  /** Keys, values or items of a map. */
  public static Lazy view(List<Object> items) {
    return new Lazy(items, false);
  }

  List<Object> take() {
    List<Object> all = items;
    if (once) {
      items = List.of();
    }
    return all;
  }

  public boolean isView() {
    return !once;
  }
}
