package io.github.cola4j.spark.inference;

import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * What answers rows, each by the adapter of its task.
 *
 * @param <E> what a row is read as
 * @param <A> what is said of a row
 */
interface RowModel<E extends Serializable, A> extends Serializable {
  /** A row's task and what it was read as. */
  record Asked<E>(String task, E example) {}

  /** Answers rows of one partition. */
  interface Session<E, A> extends AutoCloseable {
    /** Of each row, in their order. */
    List<A> answer(List<Asked<E>> rows);

    @Override
    void close();
  }

  /** The tasks that there are adapters of, at least one. */
  Set<String> tasks();

  /** Rows answered together. */
  int atOnce();

  /** What is said of a row that cannot be answered. */
  A refused(String reason);

  /** Begins a partition, on an executor. */
  Session<E, A> open();
}
