package io.github.cola4j.spark.data;

import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Duplicates;
import io.github.cola4j.spark.data.row.InOrder;
import io.github.cola4j.spark.data.row.InputRow;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowCounts;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.storage.StorageLevel;

/**
 * A task's rows on the executors: its examples, and the rows that are none. Persisted serialised,
 * on disk where memory is short; {@link #close} lets go of them.
 *
 * @param <T> what an example is
 */
public final class ExampleRows<T extends Serializable> implements AutoCloseable {
  private final JavaRDD<ReadRow<T>> rows;
  private final Map<String, DataType> types;
  private final RowCounts counts;

  private ExampleRows(JavaRDD<ReadRow<T>> rows, Map<String, DataType> types, RowCounts counts) {
    this.rows = rows;
    this.types = types;
    this.counts = counts;
  }

  /**
   * Reads all rows in one Spark job, keeps them, and refuses a file that cannot be read to its end,
   * or that shows a mistake in the job.
   *
   * @param types of the columns that have one type in all tables
   * @param notices what a user should know of the files, as far as it is known
   */
  static <T extends Serializable> ExampleRows<T> of(
      String task,
      JavaRDD<ReadRow<T>> rows,
      Map<String, DataType> types,
      RowRule<T> rule,
      List<String> notices) {
    rows.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      RowCounts counts =
          ConcurrentJobs.collect(
                  rows.mapPartitions(
                      partition -> List.of(RowCounts.of(partition, rule)).iterator()))
              .stream()
              .reduce(new RowCounts(), RowCounts::plus);
      if (counts.problem != null) {
        throw new IllegalArgumentException(counts.problem);
      }
      BadRow fatal = counts.fatal;
      if (fatal != null) {
        throw new IllegalArgumentException(
            String.format(
                "task '%s': %s cannot be read past line %d: %s",
                task, fatal.file(), fatal.line(), fatal.reason()));
      }
      counts.notices.addAll(0, notices);
      return new ExampleRows<>(rows, Map.copyOf(types), counts);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      rows.unpersist(true);
      throw e;
    }
  }

  /** The examples, in the order of the files. */
  public JavaRDD<T> examples() {
    return rows.flatMap(
        row ->
            row.example() == null
                ? Collections.emptyIterator()
                : List.of(row.example()).iterator());
  }

  /** The bad rows, in the order of the files. */
  public JavaRDD<BadRow> bad() {
    return rows.filter(row -> row.bad() != null).map(ReadRow::bad);
  }

  /**
   * All rows in the order of the files, bad ones in their places; of what was read with all
   * columns.
   */
  public JavaRDD<InputRow<T>> inputs() {
    return rows.filter(row -> row.check() == null).map(ReadRow::input);
  }

  /** The types of the columns that have one type in all tables; none where rows are text. */
  public Map<String, DataType> types() {
    return types;
  }

  /** How many examples there are. */
  public long exampleCount() {
    return counts.examples;
  }

  /** How many examples there are of each label; none where examples have no labels. */
  public Map<String, Long> labels() {
    return Collections.unmodifiableMap(counts.labels);
  }

  /** How many examples equal an earlier one; of a small file this is known, else a Spark job. */
  public long duplicates() {
    return counts.duplicates >= 0 ? counts.duplicates : Duplicates.count(examples());
  }

  /** How many bad rows there are. */
  public long badCount() {
    return counts.bad.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many bad rows there are of each {@link BadRow#kind}. */
  public Map<String, Long> badByKind() {
    return Collections.unmodifiableMap(counts.bad);
  }

  /** The first bad row, or null. */
  public BadRow firstBad() {
    return counts.firstBad;
  }

  /** How many rows are bad and why, to be put behind a failure they may cause; empty for none. */
  public String badTold() {
    long bad = badCount();
    return bad == 0
        ? ""
        : String.format(
            "; %d of %d rows are bad: %s; the first is %s:%d: %s",
            bad,
            bad + exampleCount(),
            badByKind(),
            firstBad().file(),
            firstBad().line(),
            firstBad().reason());
  }

  /** The bad rows in the order of the files; the driver holds some thousand at a time. */
  public Iterator<BadRow> badRows() {
    return InOrder.toLocalIterator(bad(), badCount());
  }

  /** How many rows there are of which something is to be remarked, by what it is. */
  public Map<String, Long> remarks() {
    return Collections.unmodifiableMap(counts.remarks);
  }

  /**
   * Remarks for a user, a line each.
   *
   * @param task for messages
   * @param remarks how many rows there are of each
   * @param rows how many there are in all
   */
  public static List<String> told(String task, Map<String, Long> remarks, long rows) {
    return remarks.entrySet().stream()
        .map(
            e -> String.format("task '%s': %d of %d rows %s", task, e.getValue(), rows, e.getKey()))
        .toList();
  }

  /**
   * What a user should know of the files: one line for each folder with folders that are not read,
   * and for each file whose encoding had to be guessed.
   */
  public List<String> notices() {
    return Collections.unmodifiableList(counts.notices);
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
