package io.github.cola4j.spark.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** The rows of one open file, one at a time, in the file's order. */
interface RowSource extends Closeable {
  /** The next row, or null after the last. */
  ReadRow next() throws IOException;

  /** The rows as Spark wants them; the file is closed with the Spark task. */
  static Iterator<ReadRow> iterate(RowSource rows) throws IOException {
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
      private ReadRow next = rows.next();

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public ReadRow next() {
        if (next == null) {
          throw new NoSuchElementException();
        }
        ReadRow row = next;
        try {
          next = row.fatal() ? null : rows.next();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return row;
      }
    };
  }
}
