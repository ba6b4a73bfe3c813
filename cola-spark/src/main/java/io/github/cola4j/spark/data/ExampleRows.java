package io.github.cola4j.spark.data;

import java.io.Serializable;
import java.util.List;
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

  /**
   * What there is of each.
   *
   * @param fatal the first row that ended its file, or null
   */
  private record Counts(long examples, long bad, BadRow fatal) implements Serializable {
    Counts plus(ReadRow<?> row) {
      return row.example() != null
          ? new Counts(examples + 1, bad, fatal)
          : new Counts(examples, bad + 1, fatal == null && row.fatal() ? row.bad() : fatal);
    }

    Counts plus(Counts other) {
      return new Counts(
          examples + other.examples, bad + other.bad, fatal == null ? other.fatal : fatal);
    }
  }

  /** Reads all rows once, keeps them, and refuses a file that cannot be read to its end. */
  static <T extends Serializable> ExampleRows<T> of(
      String task, JavaRDD<ReadRow<T>> rows, List<String> notices) {
    rows.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      Counts counts =
          rows.aggregate(new Counts(0, 0, null), (sum, row) -> sum.plus(row), Counts::plus);
      BadRow fatal = counts.fatal();
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
    return counts.examples();
  }

  /** How many bad rows there are. */
  public long badCount() {
    return counts.bad();
  }

  /** The first bad rows, at most {@code limit}, on the driver. */
  public List<BadRow> firstBad(int limit) {
    return counts.bad() == 0 ? List.of() : bad().take(limit);
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
