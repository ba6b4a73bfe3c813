package io.github.cola4j.spark.output;

import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * A line of JSON for each row of an input, in its order. Executors compute all partitions at the
 * same time and keep the lines, on disk where memory is short; a driver that asks for them holds
 * those of one partition at a time. Close it to let go of them.
 */
public final class OutputLines implements AutoCloseable {
  private final JavaRDD<String> lines;
  private final long count;

  /** Computes the lines of an RDD. */
  public OutputLines(JavaRDD<String> lines) {
    this.lines = lines.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      this.count = lines.count(); // all partitions at once
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      lines.unpersist(true);
      throw e;
    }
  }

  /** The lines on the executors, without their ends. */
  public JavaRDD<String> rdd() {
    return lines;
  }

  /** The lines in the order of the rows, without their ends. */
  public Iterator<String> iterator() {
    return lines.toLocalIterator();
  }

  /** How many there are. */
  public long count() {
    return count;
  }

  /** Unpersists the lines. */
  @Override
  public void close() {
    lines.unpersist(true);
  }
}
