package io.github.cola4j.spark.internal.shard;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.ToLongFunction;

/** Elements in groups of those that are trained together, made as they are asked for. */
public final class Grouped<T> implements Iterator<List<T>> {
  private final ShardRounds rounds;
  private final ToLongFunction<T> tokens;
  private final Iterator<T> elements;
  private T next; // null at the end

  /**
   * Groups elements, each by itself unless shards are trained together.
   *
   * @param tokens of an element's step
   */
  public Grouped(ShardRounds rounds, Iterator<T> elements, ToLongFunction<T> tokens) {
    this.rounds = rounds;
    this.elements = elements;
    this.tokens = tokens;
    advance();
  }

  private void advance() {
    next = elements.hasNext() ? elements.next() : null;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public List<T> next() {
    if (next == null) {
      throw new NoSuchElementException();
    }
    List<T> group = new ArrayList<>();
    long all = 0;
    while (next != null) {
      long more = rounds.together() ? tokens.applyAsLong(next) : 0;
      if (!group.isEmpty() && !rounds.haveRoom(all, more)) {
        break;
      }
      group.add(next);
      all += more;
      advance();
    }
    return group;
  }
}
