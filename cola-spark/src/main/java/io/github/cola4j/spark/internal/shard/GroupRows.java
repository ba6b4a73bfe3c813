package io.github.cola4j.spark.internal.shard;

import java.util.Iterator;
import java.util.NoSuchElementException;
import scala.Tuple2;

/** Sorted rows, group after group; each row is read when it is asked for. */
public final class GroupRows<T> {
  private final Iterator<Tuple2<GroupKey, T>> rows;
  private Tuple2<GroupKey, T> row; // that comes next; null at the end

  /** Reads rows in the order of their keys. */
  public GroupRows(Iterator<Tuple2<GroupKey, T>> rows) {
    this.rows = rows;
    advance();
  }

  private void advance() {
    row = rows.hasNext() ? rows.next() : null;
  }

  /** The groups one after the other; the rows of each are to be read before the next. */
  public Iterator<Integer> groups() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return row != null;
      }

      @Override
      public Integer next() {
        if (row == null) {
          throw new NoSuchElementException();
        }
        return row._1().group();
      }
    };
  }

  /** The value of a key, if that comes next; otherwise null. */
  public T value(GroupKey key) {
    if (row == null || !row._1().equals(key)) {
      return null;
    }
    T value = row._2();
    advance();
    return value;
  }

  /** The rows of a group, if they come next; to be read to the end before those of another. */
  public Iterator<T> of(int group) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return row != null && row._1().group() == group;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        T value = row._2();
        advance();
        return value;
      }
    };
  }
}
