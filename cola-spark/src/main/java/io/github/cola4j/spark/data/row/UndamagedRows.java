package io.github.cola4j.spark.data.row;

import io.github.cola4j.spark.data.file.DamagedFileException;
import java.io.IOException;
import java.io.Serializable;

/**
 * The rows of a file; where it turns out to be damaged, they end with a {@link FileCheck} that says
 * so. It is no exception, since Spark would only try again.
 */
public final class UndamagedRows<T extends Serializable> implements RowSource<T> {
  private final String task;
  private final RowSource<T> rows;
  private boolean ended;

  public UndamagedRows(String task, RowSource<T> rows) {
    this.task = task;
    this.rows = rows;
  }

  @Override
  public ReadRow<T> next() throws IOException {
    if (ended) {
      return null;
    }
    try {
      return rows.next();
    } catch (DamagedFileException e) {
      ended = true;
      return problem(task, e);
    }
  }

  public static <T extends Serializable> ReadRow<T> problem(
      String task, DamagedFileException damage) {
    return ReadRow.of(new FileCheck("task '" + task + "': " + damage.getMessage(), null));
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
