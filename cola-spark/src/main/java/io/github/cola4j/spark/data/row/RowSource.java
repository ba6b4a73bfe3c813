package io.github.cola4j.spark.data.row;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The rows of one open file, one at a time, in the file's order.
 *
 * @param <T> what examples are
 */
public interface RowSource<T extends Serializable> extends Closeable {
  /** The next row, or null after the last. */
  ReadRow<T> next() throws IOException;

  /**
   * The rows as Spark wants them; the file is closed behind its last row, or with the Spark task.
   *
   * @param first a row before them, or null
   */
  static <T extends Serializable> Iterator<ReadRow<T>> iterate(ReadRow<T> first, RowSource<T> rows)
      throws IOException {
    TaskContext.get()
        .addTaskCompletionListener(
            (TaskCompletionListener)
                task -> {
                  try {
                    rows.close();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    return new Iterator<>() {
      private ReadRow<T> next = first == null ? rows.next() : first;

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public ReadRow<T> next() {
        if (next == null) {
          throw new NoSuchElementException();
        }
        ReadRow<T> row = next;
        try {
          next = row.fatal() ? null : rows.next();
          if (next == null) {
            rows.close(); // a Spark task may read many files
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return row;
      }
    };
  }
}
