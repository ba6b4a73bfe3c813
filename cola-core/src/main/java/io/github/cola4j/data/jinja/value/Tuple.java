package io.github.cola4j.data.jinja.value;

import java.util.AbstractList;
import java.util.List;

/** A tuple. */
public final class Tuple extends AbstractList<Object> {
  private final List<Object> items;

  public Tuple(List<Object> items) {
    this.items = items;
  }

  public static Tuple of(Object first, Object second) {
    return new Tuple(java.util.Arrays.asList(first, second));
  }

  @Override
  public Object get(int index) {
    return items.get(index);
  }

  @Override
  public int size() {
    return items.size();
  }
}
