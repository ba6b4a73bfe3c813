package io.github.cola4j.data.jinja.value;

import java.util.AbstractList;

/** Numbers that are computed when asked for. */
public final class Range extends AbstractList<Object> {
  private final long from;
  private final long to;
  private final long step;
  private final int size;

  public Range(long from, long to, long step) {
    if (step == 0) {
      throw new TemplateException("range() arg 3 must not be zero");
    }
    this.from = from;
    this.to = to;
    this.step = step;
    long distance = step > 0 ? to - from : from - to;
    long stride = Math.abs(step);
    long count = distance <= 0 ? 0 : (distance - 1) / stride + 1;
    // Python's sandbox has the same bound
    if (count > 100_000 || Math.abs(from) > 1L << 60 || Math.abs(to) > 1L << 60) {
      throw new TemplateException("range too big, at most 100000 numbers");
    }
    size = (int) count;
  }

  @Override
  public Object get(int index) {
    return from + index * step;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String toString() {
    return "range(" + from + ", " + to + (step == 1 ? ")" : ", " + step + ")");
  }
}
