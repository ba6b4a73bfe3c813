package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.state.HeldState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/**
 * The states of tasks as a data set that Spark keeps with its executors. Those of a round replace
 * those of the round before. What is lost with an executor is computed again, from the last cut on:
 * there states are kept twice, where there are several executors, and forget what they came from.
 */
final class HeldStates implements AutoCloseable {
  private static final int ROUNDS_TO_CUT = 8;
  private static final int SHARE_OF_HEAP = 16; // one of so many
  private static final int MOST_SPARK_TASKS = 1000;

  private static final String COPIES = "spark.cola4j.stateCopies";

  private final StorageLevel usual;
  private final StorageLevel atCut;
  private final List<Broadcast<?>> needed = new ArrayList<>(); // since the last cut
  private JavaRDD<HeldState> now;
  private JavaRDD<?> persisted; // null before the first round
  private int rounds; // since the last cut

  /**
   * The states that training begins with.
   *
   * @throws IllegalArgumentException if Spark's setting {@value #COPIES} is neither 1 nor 2
   */
  HeldStates(JavaSparkContext spark, JavaRDD<HeldState> first) {
    String copies = spark.getConf().get(COPIES, "1");
    if (!copies.equals("1") && !copies.equals("2")) {
      throw new IllegalArgumentException(
          "expected 1 or 2 of "
              + COPIES
              + ", got "
              + copies
              + ": with 2 a lost executor costs no round, and each state is sent to another one");
    }
    StorageLevel twice =
        spark.isLocal() ? StorageLevel.MEMORY_AND_DISK() : StorageLevel.MEMORY_AND_DISK_2();
    this.usual = copies.equals("2") ? twice : StorageLevel.MEMORY_AND_DISK();
    this.atCut = twice;
    this.now = first;
  }

  /**
   * The states that tasks begin with. What is read from files is computed now, and forgets them:
   * they may go when newer ones are written.
   */
  static HeldStates of(JavaSparkContext spark, FirstStates first, List<List<Integer>> tasks) {
    HeldStates states = new HeldStates(spark, first.of(tasks));
    if (first.areRead()) {
      states.persisted = states.now.persist(states.atCut);
      states.now.rdd().localCheckpoint();
      states.now.foreachPartition(all -> {});
    }
    return states;
  }

  /** The present states. */
  JavaRDD<HeldState> now() {
    return now;
  }

  /**
   * Computes states and puts them in the place of the present ones.
   *
   * @param rows what is computed, a row for each state, in partitions as the present ones are
   * @param state of a row
   * @param counts of a row, for the driver
   * @param sent that the rows are computed with
   */
  <R, C> List<C> replace(
      JavaRDD<R> rows,
      Function<R, HeldState> state,
      Function<R, Stream<C>> counts,
      Broadcast<?>... sent) {
    boolean cut = ++rounds == ROUNDS_TO_CUT;
    rows.persist(cut ? atCut : usual);
    if (cut) {
      rows.rdd().localCheckpoint();
    }
    List<C> all;
    try {
      all = bundled(rows).flatMap(row -> counts.call(row).iterator()).collect();
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      rows.unpersist(false);
      List.of(sent).forEach(Broadcast::destroy);
      throw e;
    }
    forget();
    persisted = rows;
    now = rows.map(state);
    if (cut) {
      needed.forEach(Broadcast::destroy);
      needed.clear();
      rounds = 0;
    }
    needed.addAll(List.of(sent)); // those of a cut too: its rows name them
    return all;
  }

  /** The same rows in no more partitions than Spark tasks are worth starting for. */
  private static <R> JavaRDD<R> bundled(JavaRDD<R> rows) {
    int partitions = rows.getNumPartitions();
    int each = 1 + (partitions - 1) / MOST_SPARK_TASKS;
    if (each == 1) {
      return rows;
    }
    List<List<Integer>> some = new ArrayList<>();
    for (int p = 0; p < partitions; p += each) {
      some.add(IntStream.range(p, Math.min(partitions, p + each)).boxed().toList());
    }
    return Partitions.chosen(rows, some);
  }

  /** What is made of each present state, where it is. */
  <R> List<R> map(Function<HeldState, R> work) {
    return bundled(now).map(work).collect();
  }

  private void forget() {
    if (persisted != null) {
      persisted.unpersist(false);
      persisted = null;
    }
  }

  /** The states of some partitions, on the driver. */
  Stream<HeldState> fetch(int... partitions) {
    return Arrays.stream(now.collectPartitions(partitions)).flatMap(List::stream);
  }

  /** Gives all states to the driver, as many at a time as fit into a small part of its memory. */
  void forEach(Consumer<HeldState> taker) {
    int partitions = now.getNumPartitions();
    int most = 1;
    int next = 0;
    while (next < partitions) {
      int end = (int) Math.min(partitions, (long) next + most);
      List<HeldState> some = fetch(IntStream.range(next, end).toArray()).toList();
      some.forEach(taker);
      long bytes = some.stream().mapToLong(HeldState::bytes).sum() / (end - next);
      most = atOnce(Runtime.getRuntime().maxMemory(), Math.max(1, bytes));
      next = end;
    }
  }

  /** How many partitions of so many bytes the driver takes at once. */
  static int atOnce(long heap, long bytes) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, heap / SHARE_OF_HEAP / bytes));
  }

  @Override
  public void close() {
    forget();
    needed.forEach(Broadcast::destroy);
    needed.clear();
  }
}
