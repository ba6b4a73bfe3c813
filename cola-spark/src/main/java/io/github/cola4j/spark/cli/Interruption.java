package io.github.cola4j.spark.cli;

import static io.github.cola4j.spark.training.SnapshotListener.JOB_GROUP;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SignalUtils;

/**
 * Ends a command at Ctrl-C (SIGINT) or SIGTERM: Spark's jobs are cancelled, so that whoever waits
 * for one gets an exception and can tidy up; what Spark logs of that is of no interest. Where there
 * is no Spark session, and at a second signal, the JVM ends.
 */
final class Interruption implements AutoCloseable {
  private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);
  private static final long PAUSE_MILLISECONDS = 100;

  private final Runnable atFirst;
  private Supplier<String> told = () -> "";
  private String signal; // null for none yet
  private boolean closed;

  /**
   * Waits for signals until it is closed.
   *
   * @param atFirst runs at the first signal
   */
  Interruption(Runnable atFirst) {
    this.atFirst = atFirst;
    for (String name : SIGNALS.keySet()) {
      SignalUtils.register(name, () -> isTaken(name));
    }
  }

  /** What is said behind the signal's name. */
  synchronized void tell(Supplier<String> more) {
    told = more;
  }

  /** What Spark asks for every signal; false leaves it to whoever else listens, or the JVM. */
  private synchronized boolean isTaken(String name) {
    if (closed || signal != null) {
      return false;
    }
    signal = name;
    atFirst.run();
    SparkContext context = context();
    if (context == null) {
      System.err.println("stopped by SIG" + name);
      return false;
    }
    System.err.println("SIG" + name + ": stopping; once more kills");
    context.setLogLevel("OFF");
    Thread thread = new Thread(() -> cancel(context), "cancel");
    thread.setDaemon(true);
    thread.start();
    return true;
  }

  private static SparkContext context() {
    return SparkSession.getDefaultSession().isEmpty()
        ? null
        : SparkSession.getDefaultSession().get().sparkContext();
  }

  /** Again and again, since a job may begin just after; those that store the last round go on. */
  private void cancel(SparkContext context) {
    while (isCancelled(context)) {
      try {
        Thread.sleep(PAUSE_MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private synchronized boolean isCancelled(SparkContext context) {
    boolean goesOn = !closed && !context.isStopped();
    if (goesOn) {
      Set<Integer> storing = ids(context.statusTracker().getJobIdsForGroup(JOB_GROUP));
      Set<Integer> others = ids(context.statusTracker().getActiveJobIds());
      others.removeAll(storing);
      others.forEach(context::cancelJob);
    }
    return goesOn;
  }

  private static Set<Integer> ids(int[] jobs) {
    return Arrays.stream(jobs).boxed().collect(Collectors.toCollection(HashSet::new));
  }

  /** Whether a signal is why the command ends. */
  synchronized boolean isStopped() {
    return signal != null;
  }

  /** What is said of it. */
  synchronized String message() {
    return "stopped by SIG" + signal + told.get();
  }

  /** 128 and the signal's number. */
  synchronized int exitCode() {
    return 128 + SIGNALS.get(signal);
  }

  @Override
  public synchronized void close() {
    closed = true;
    told = () -> ""; // Spark keeps this object
  }
}
