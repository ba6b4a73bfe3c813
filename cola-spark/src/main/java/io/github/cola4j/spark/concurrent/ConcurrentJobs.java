package io.github.cola4j.spark.concurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;

/**
 * Does the same for many tasks on several threads of the driver, so that tasks share Spark jobs
 * ({@link #collect}), and other jobs for one task run while those for another start, wait or end.
 * What comes out does not depend on who is done first.
 */
public final class ConcurrentJobs {
  private static final int THREADS = 256; // most of them wait for a job that they share

  private static final ThreadLocal<SharedJobs> SHARED = new ThreadLocal<>();

  private ConcurrentJobs() {}

  /**
   * As {@code rows.collect()}; where {@link #map} works on several items, one Spark job does it for
   * all those that ask for it meanwhile. For few rows a partition: a driver holds those of all.
   */
  public static <R> List<R> collect(JavaRDD<R> rows) {
    SharedJobs shared = SHARED.get();
    return shared == null ? rows.collect() : shared.collect(rows);
  }

  /**
   * What is the same for all items that {@link #map} works on, made when it is asked for first;
   * elsewhere made at each call.
   *
   * @param key what it is, a class of its own
   */
  public static <V> V common(Class<V> key, Supplier<V> make) {
    SharedJobs shared = SHARED.get();
    return shared == null ? make.get() : shared.common(key, make);
  }

  /** As the method with more parameters, for work that has few jobs that are not shared. */
  public static <T, R> List<R> map(List<? extends T> items, Function<T, R> work) {
    return map(items, THREADS, work);
  }

  /**
   * What the work makes of each item, in the order of the items. The work runs on daemon threads
   * that have the caller's local properties of Spark, as job group and description are. Nothing
   * runs any more when this returns or throws.
   *
   * @param atOnce how many items are worked on at a time
   * @param work may start Spark jobs; it must not wait for another item's, nor share with it what
   *     is not thread-safe
   * @throws RuntimeException as the work threw it, for the first of the items that failed; items
   *     after one that has failed are not begun
   */
  public static <T, R> List<R> map(List<? extends T> items, int atOnce, Function<T, R> work) {
    if (items.size() < 2) {
      return items.stream().map(item -> work.apply(item)).toList();
    }
    AtomicInteger failed = new AtomicInteger(items.size()); // the first item that has
    AtomicInteger threads = new AtomicInteger();
    SharedJobs shared = new SharedJobs();
    // Spark's local properties are inherited: the threads start here, and end with this call
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.min(atOnce, items.size()),
            run -> {
              Thread thread =
                  new Thread(() -> with(shared, run), "cola-task-" + threads.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    List<Future<R>> futures = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      int index = i;
      futures.add(pool.submit(() -> unlessFailed(index, failed, items.get(index), work)));
    }
    pool.shutdown();
    try {
      List<R> results = new ArrayList<>();
      for (Future<R> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw asItIs(e.getCause());
    } catch (InterruptedException e) {
      failed.set(-1);
      pool.shutdownNow();
      throw asItIs(e); // as a thread that is interrupted while it waits for a Spark job
    } finally {
      awaitEnd(pool);
    }
  }

  private static void with(SharedJobs shared, Runnable work) {
    SHARED.set(shared); // for the life of the thread, which ends with the call of map
    work.run();
  }

  private static <T, R> R unlessFailed(
      int index, AtomicInteger failed, T item, Function<T, R> work) {
    if (index > failed.get()) {
      return null; // nobody asks for it: an earlier item's failure is told
    }
    try {
      return work.apply(item);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      failed.accumulateAndGet(index, Math::min);
      throw e;
    }
  }

  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    while (!pool.isTerminated()) {
      try {
        pool.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
        pool.shutdownNow();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Throws what was thrown, checked or not. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException asItIs(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
