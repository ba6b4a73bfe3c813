package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Metrics on their way to a run, in batches as large as MLflow takes them, by a thread of their
 * own: a slow server does not slow down a training, and one that is away gets them later.
 */
final class MlflowBatches implements AutoCloseable {
  private static final int MOST_METRICS = 1000; // of a batch, by MLflow
  private static final long PAUSE_NANOS = 30_000_000_000L; // after a failure

  private final MlflowServer server;
  private final String run;
  private final Consumer<String> notices;
  private final Map<String, Long> logged = new HashMap<>(); // newest step by key
  private final List<Metric> pending = new ArrayList<>();
  private final ExecutorService sender =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "mlflow");
            thread.setDaemon(true);
            return thread;
          });
  private IOException failure; // the newest, while there is something that was not sent
  private long failed;

  /** A point of a curve, with the names that MLflow has for its parts. */
  record Metric(String key, double value, long timestamp, long step) {}

  /**
   * The metrics of a run.
   *
   * @param known those that it has: its {@code data.metrics}
   */
  MlflowBatches(MlflowServer server, String run, JsonNode known, Consumer<String> notices) {
    this.server = server;
    this.run = run;
    this.notices = notices;
    for (JsonNode metric : known) {
      logged.put(metric.path("key").asText(), metric.path("step").asLong());
    }
  }

  /** Takes metrics to be sent; those of steps that an interrupted run has logged are left out. */
  void add(List<Metric> metrics) {
    synchronized (pending) {
      metrics.stream()
          .filter(metric -> metric.step() > logged.getOrDefault(metric.key(), Long.MIN_VALUE))
          .forEach(pending::add);
    }
    sender.execute(
        () -> {
          if (failure == null || System.nanoTime() - failed > PAUSE_NANOS) {
            send();
          }
        });
  }

  /** By the sender's thread. */
  private void send() {
    List<Metric> batch = batch();
    while (!batch.isEmpty()) {
      try {
        server.post("runs/log-batch", Map.of("run_id", run, "metrics", batch));
      } catch (IOException e) {
        if (failure == null) {
          notices.accept(
              "WARNING: "
                  + e.getMessage()
                  + "; training continues, and what was not logged is sent again");
        }
        failure = e;
        failed = System.nanoTime();
        return;
      }
      failure = null;
      synchronized (pending) {
        pending.subList(0, batch.size()).clear();
      }
      batch = batch();
    }
  }

  private List<Metric> batch() {
    synchronized (pending) {
      return List.copyOf(pending.subList(0, Math.min(MOST_METRICS, pending.size())));
    }
  }

  /**
   * Sends all that is left.
   *
   * @throws IOException if it cannot be sent
   */
  void flush() throws IOException {
    try {
      sender.submit(this::send).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    synchronized (pending) {
      if (!pending.isEmpty()) {
        throw new IOException(
            pending.size()
                + " metrics are not logged"
                + (failure == null ? "" : ": " + failure.getMessage()),
            failure);
      }
    }
  }

  @Override
  public void close() {
    sender.shutdownNow();
  }
}
