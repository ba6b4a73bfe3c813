package io.github.cola4j.spark.concurrent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;

/**
 * Spark jobs that several threads share. A job costs the driver some ten milliseconds, however
 * small its data; so what threads ask for while jobs run is gathered, and becomes the next one.
 * Whose requests share a job depends on time; what each gets does not.
 */
final class SharedJobs {
  /** Two, so that cores have work while a job begins or ends. */
  private static final int JOBS_AT_ONCE = 2;

  private final Map<Class<?>, Object> common = new HashMap<>();
  private List<Request<?>> waiting = new ArrayList<>();
  private int running;

  /** What a thread asks for. */
  private static final class Request<T> {
    private final JavaRDD<T> rows;
    private boolean taken;
    private boolean done;
    private List<T> result; // null if the job that it shared has failed

    Request(JavaRDD<T> rows) {
      this.rows = rows;
    }

    @SuppressWarnings("unchecked") // those of its own data set
    void take(List<Object> collected) {
      result = (List<T>) collected;
    }
  }

  /** What {@link ConcurrentJobs#common} gives. */
  synchronized <V> V common(Class<V> key, Supplier<V> make) {
    return key.cast(common.computeIfAbsent(key, k -> make.get()));
  }

  /** As {@code rows.collect()}. */
  <T> List<T> collect(JavaRDD<T> rows) {
    Request<T> mine = new Request<>(rows);
    List<Request<?>> batch = begin(mine);
    if (batch != null) {
      try {
        run(batch);
      } finally {
        end(batch);
      }
    }
    // a failure of several is nobody's: each asks once more by itself, and the one at fault fails
    return mine.result == null ? rows.collect() : mine.result;
  }

  /** Waits until a thread may run what has been asked for, or another has done it: then null. */
  private synchronized List<Request<?>> begin(Request<?> mine) {
    waiting.add(mine);
    try {
      while (!mine.done && (mine.taken || running == JOBS_AT_ONCE)) {
        wait();
      }
    } catch (InterruptedException e) {
      waiting.remove(mine);
      throw SharedJobs.<RuntimeException>asItIs(e); // as a thread that waits for a Spark job
    }
    if (mine.done) {
      return null;
    }
    List<Request<?>> batch = waiting;
    waiting = new ArrayList<>();
    batch.forEach(request -> request.taken = true);
    running++;
    return batch;
  }

  private synchronized void end(List<Request<?>> batch) {
    running--;
    batch.forEach(request -> request.done = true);
    notifyAll();
  }

  private static void run(List<Request<?>> batch) {
    if (batch.size() == 1) {
      alone(batch.get(0));
      return;
    }
    List<List<Object>> results;
    try {
      results = JointCollect.of(batch.stream().map(request -> request.rows).toList());
    } catch (Exception e) { // a SparkException is checked, but Scala does not declare it
      if (e instanceof InterruptedException) {
        throw e;
      }
      return;
    }
    for (int i = 0; i < results.size(); i++) {
      batch.get(i).take(results.get(i));
    }
  }

  private static <T> void alone(Request<T> request) {
    request.result = request.rows.collect();
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E asItIs(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
