package io.github.cola4j.spark.cli;

import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.util.SignalUtils;

/**
 * Ends a run at Ctrl-C (SIGINT) or SIGTERM: Spark's jobs are cancelled, so that whoever waits for
 * one gets an exception and can tidy up. A second signal kills.
 */
final class Interruption implements AutoCloseable {
  private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);
  private static final long PAUSE_MILLISECONDS = 100;

  private final SparkContext context;
  private String signal; // null for none yet
  private boolean closed;

  /** Waits for signals until it is closed. */
  Interruption(SparkContext context) {
    this.context = context;
    for (String name : SIGNALS.keySet()) {
      SignalUtils.register(name, () -> isTaken(name));
    }
  }

  /** What Spark asks for every signal; false leaves it to whoever else listens, or the JVM. */
  private synchronized boolean isTaken(String name) {
    if (closed || signal != null) {
      return false;
    }
    signal = name;
    System.err.println("SIG" + name + ": stopping; once more kills");
    Thread thread = new Thread(this::cancel, "cancel");
    thread.setDaemon(true);
    thread.start();
    return true;
  }

  /** Again and again, since a job may begin just after. */
  private void cancel() {
    while (isCancelled()) {
      try {
        Thread.sleep(PAUSE_MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private synchronized boolean isCancelled() {
    if (!closed) {
      context.cancelAllJobs();
    }
    return !closed;
  }

  /**
   * Throws what ends the run if a signal is why it failed.
   *
   * @param resumes whether there are checkpoints
   */
  synchronized void explain(Throwable failure, boolean resumes) {
    if (signal != null) {
      throw new StoppedException(
          "stopped by SIG"
              + signal
              + (resumes
                  ? "; the same command with --resume continues after the last completed round"
                  : "; there are no checkpoints (checkpoint.every is 0)"),
          128 + SIGNALS.get(signal),
          failure);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
