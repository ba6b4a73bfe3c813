package io.github.cola4j.spark.inference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Elements computed some at a time, as they are asked for: a partition may be larger than memory.
 */
final class Batches<I, O> implements Iterator<O> {
  private final Iterator<I> elements;
  private final int size;
  private final Predicate<I> counts;
  private final Function<List<I>, List<O>> compute;
  private Iterator<O> ready = Collections.emptyIterator();

  /**
   * Of elements.
   *
   * @param size how many are computed at a time
   * @param counts which of them make up the size
   * @param compute gives an output for each, in their order
   */
  Batches(Iterator<I> elements, int size, Predicate<I> counts, Function<List<I>, List<O>> compute) {
    this.elements = elements;
    this.size = size;
    this.counts = counts;
    this.compute = compute;
  }

  @Override
  public boolean hasNext() {
    return ready.hasNext() || elements.hasNext();
  }

  @Override
  public O next() {
    if (!ready.hasNext()) {
      if (!elements.hasNext()) {
        throw new NoSuchElementException();
      }
      ready = compute.apply(batch()).iterator();
    }
    return ready.next();
  }

  private List<I> batch() {
    List<I> batch = new ArrayList<>();
    for (int counted = 0; elements.hasNext() && counted < size; ) {
      I element = elements.next();
      batch.add(element);
      counted += counts.test(element) ? 1 : 0;
    }
    return batch;
  }
}
