package io.github.cola4j.spark.data;

import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * A task's rows on the executors: its examples, and the rows that are none. Persisted serialised,
 * on disk where memory is short; {@link #close} lets go of them.
 *
 * @param <T> what an example is
 */
public final class ExampleRows<T extends Serializable> implements AutoCloseable {
  private final JavaRDD<ReadRow<T>> rows;
  private final Counts counts;
  private final List<String> notices;

  private ExampleRows(JavaRDD<ReadRow<T>> rows, Counts counts, List<String> notices) {
    this.rows = rows;
    this.counts = counts;
    this.notices = List.copyOf(notices);
  }

  /** What there is of each; it is added to in place, as a row each would cost. */
  private static final class Counts implements Serializable {
    private static final long serialVersionUID = 1;

    private long examples;
    private final TreeMap<String, Long> bad = new TreeMap<>();
    private BadRow fatal; // the first row that ended its file, or null

    Counts plus(ReadRow<?> row) {
      if (row.example() != null) {
        examples++;
      } else {
        bad.merge(row.bad().kind(), 1L, Long::sum);
        fatal = fatal == null && row.fatal() ? row.bad() : fatal;
      }
      return this;
    }

    Counts plus(Counts other) {
      examples += other.examples;
      other.bad.forEach((kind, more) -> bad.merge(kind, more, Long::sum));
      fatal = fatal == null ? other.fatal : fatal;
      return this;
    }
  }

  /** Reads all rows once, keeps them, and refuses a file that cannot be read to its end. */
  static <T extends Serializable> ExampleRows<T> of(
      String task, JavaRDD<ReadRow<T>> rows, List<String> notices) {
    rows.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      Counts counts = rows.aggregate(new Counts(), (sum, row) -> sum.plus(row), Counts::plus);
      BadRow fatal = counts.fatal;
      if (fatal != null) {
        throw new IllegalArgumentException(
            String.format(
                "task '%s': %s cannot be read past line %d: %s",
                task, fatal.file(), fatal.line(), fatal.reason()));
      }
      return new ExampleRows<>(rows, counts, notices);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      rows.unpersist(true);
      throw e;
    }
  }

  /** The examples, in the order of the files. */
  public JavaRDD<T> examples() {
    return rows.filter(row -> row.example() != null).map(ReadRow::example);
  }

  /** The bad rows, in the order of the files. */
  public JavaRDD<BadRow> bad() {
    return rows.filter(row -> row.bad() != null).map(ReadRow::bad);
  }

  /** How many examples there are. */
  public long exampleCount() {
    return counts.examples;
  }

  /** How many bad rows there are. */
  public long badCount() {
    return counts.bad.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many bad rows there are of each {@link BadRow#kind}. */
  public Map<String, Long> badByKind() {
    return Collections.unmodifiableMap(counts.bad);
  }

  /** The first bad rows, at most {@code limit}, on the driver. */
  public List<BadRow> firstBad(int limit) {
    return counts.bad.isEmpty() ? List.of() : bad().take(limit);
  }

  /** The bad rows in the order of the files; the driver holds some thousand at a time. */
  public Iterator<BadRow> badRows() {
    return InOrder.toLocalIterator(bad(), badCount());
  }

  /** What a user should know of the files: one line for each whose encoding had to be guessed. */
  public List<String> notices() {
    return notices;
  }

  /**
   * Unpersists the rows; the RDDs still work, and read the files again. It waits until they are
   * gone: a session that is stopped meanwhile would complain.
   */
  @Override
  public void close() {
    rows.unpersist(true);
  }
}
