package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A run of an MLflow server. A task's metrics are called {@code <task>/<metric>}, at its optimiser
 * steps; means over tasks {@code all tasks/<metric>}, at rounds. Once the run has begun, a server
 * that is away or refuses something ends no training: what it missed is sent again at the end.
 *
 * <p>Belongs to one thread. Closing a run that has not {@linkplain #finish finished} marks it as
 * failed; a process that is killed leaves it running, and {@link #resume} continues it.
 */
public final class MlflowRun implements Consumer<RoundMetrics>, AutoCloseable {
  private static final int MOST_PARAMS = 100; // of a batch, by MLflow
  private static final int LONGEST_PARAM = 6000;
  private static final int LONGEST_KEY = 250;
  private static final String MEANS = "all tasks/"; // no task has a blank in its name
  private static final List<String> MEAN =
      List.of(RoundValues.LOSS, RoundValues.VALIDATION_LOSS, RoundValues.ACCURACY);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final MlflowServer server;
  private final JsonNode info;
  private final Consumer<String> notices;
  private final Set<String> params = new HashSet<>();
  private final MlflowBatches batches;
  private final Map<String, Map<String, Double>> newest = new HashMap<>(); // by metric, then task
  private final List<MlflowBatches.Metric> round = new ArrayList<>();
  private final List<MlflowBatches.Metric> results = new ArrayList<>();
  private int rounds;
  private long millis;
  private boolean finished;

  /** A run that is stored, as a file of the results has it. */
  private record Stored(String uri, String experimentId, String runId) {}

  private MlflowRun(MlflowServer server, JsonNode run, Consumer<String> notices) {
    this.server = server;
    this.info = run.path("info");
    this.notices = notices;
    run.at("/data/params").forEach(param -> params.add(param.path("key").asText()));
    run.at("/data/metrics").forEach(this::remember);
    this.batches = new MlflowBatches(server, id(), run.at("/data/metrics"), notices);
  }

  /** Takes up a task's value for the means. */
  private void remember(JsonNode metric) {
    String key = metric.path("key").asText();
    int end = key.indexOf('/');
    if (end > 0 && !key.startsWith(MEANS)) {
      newest(key.substring(end + 1)).put(key.substring(0, end), metric.path("value").asDouble());
    }
  }

  private Map<String, Double> newest(String name) {
    return newest.computeIfAbsent(name, n -> new TreeMap<>());
  }

  /**
   * Starts a run.
   *
   * @param experiment from {@link MlflowExperiment#of}
   * @param name its own
   * @param tags what it is known by
   * @throws IOException if the server cannot be reached, or refuses it
   */
  public static MlflowRun start(
      MlflowExperiment experiment, String name, Map<String, String> tags, Consumer<String> notices)
      throws IOException {
    List<Map<String, String>> pairs = new ArrayList<>();
    tags.forEach((key, value) -> pairs.add(pair(key, value)));
    pairs.add(pair("mlflow.user", System.getProperty("user.name")));
    JsonNode answer =
        experiment
            .server()
            .post(
                "runs/create",
                Map.of(
                    "experiment_id",
                    experiment.id(),
                    "run_name",
                    name,
                    "start_time",
                    System.currentTimeMillis(),
                    "tags",
                    pairs));
    return new MlflowRun(experiment.server(), answer.path("run"), notices);
  }

  /**
   * Continues the run of a file that {@link #store} wrote; metrics of steps that it has already are
   * not logged twice.
   *
   * @return null where there is none, the server has it no longer, or it is another server's
   */
  public static MlflowRun resume(MlflowExperiment experiment, Path file, Consumer<String> notices)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    Stored stored = MAPPER.readValue(file.toFile(), Stored.class);
    MlflowServer server = experiment.server();
    JsonNode run;
    try {
      if (!server.toString().equals(stored.uri())) {
        notices.accept("The MLflow run before is of " + stored.uri() + ": another one starts");
        return null;
      }
      run = server.get("runs/get", Map.of("run_id", stored.runId())).path("run");
      if (!run.at("/info/lifecycle_stage").asText().equals("active")) {
        throw new MlflowServer.Refusal("", "run " + stored.runId() + " was deleted");
      }
    } catch (MlflowServer.Refusal e) {
      notices.accept("The MLflow run before cannot be continued: " + e.getMessage());
      return null;
    }
    server.post("runs/update", Map.of("run_id", stored.runId(), "status", "RUNNING"));
    return new MlflowRun(server, run, notices);
  }

  /** Writes which run this is, so that {@link #resume} finds it. */
  public void store(Path file) throws IOException {
    Stored stored = new Stored(server.toString(), info.path("experiment_id").asText(), id());
    AtomicFile.writeString(file, MAPPER.writeValueAsString(stored) + "\n");
  }

  /** Its id. */
  public String id() {
    return info.path("run_id").asText();
  }

  /** Where a person looks at it. */
  public String page() {
    return server + "/#/experiments/" + info.path("experiment_id").asText() + "/runs/" + id();
  }

  /**
   * Logs parameters, those that the run has left out. A value that is too long for MLflow is cut,
   * with a notice.
   */
  public void params(Map<String, String> all) throws IOException {
    List<Map<String, String>> batch = new ArrayList<>();
    List<String> cut = new ArrayList<>();
    for (Map.Entry<String, String> param : all.entrySet()) {
      String value = param.getValue();
      if (param.getKey().length() > LONGEST_KEY || !params.add(param.getKey())) {
        continue;
      }
      if (value.length() > LONGEST_PARAM) {
        cut.add(param.getKey());
        value = value.substring(0, LONGEST_PARAM - 1) + "…";
      }
      batch.add(pair(param.getKey(), value));
    }
    for (int from = 0; from < batch.size(); from += MOST_PARAMS) {
      List<Map<String, String>> part =
          batch.subList(from, Math.min(batch.size(), from + MOST_PARAMS));
      server.post("runs/log-batch", Map.of("run_id", id(), "params", part));
    }
    if (!cut.isEmpty()) {
      notices.accept(
          "MLflow has the first "
              + LONGEST_PARAM
              + " characters of "
              + String.join(", ", cut)
              + "; job.yaml among its artifacts has all of it");
    }
  }

  private static Map<String, String> pair(String key, String value) {
    return Map.of("key", key, "value", value);
  }

  @Override
  public void accept(RoundMetrics metrics) {
    if (metrics.round() != rounds) {
      roundDone();
      rounds = metrics.round();
    }
    millis = RoundValues.millis(metrics);
    RoundValues.of(metrics)
        .forEach(
            (name, value) -> {
              round.add(
                  new MlflowBatches.Metric(
                      metrics.task() + "/" + name, value, millis, metrics.step()));
              newest(name).put(metrics.task(), value);
            });
  }

  /** Sends the round's metrics; without it, they are sent when the next one begins. */
  public void roundDone() {
    if (round.isEmpty()) {
      return;
    }
    for (String name : MEAN) {
      newest(name).values().stream()
          .mapToDouble(Double::doubleValue)
          .average()
          .ifPresent(
              mean -> round.add(new MlflowBatches.Metric(MEANS + name, mean, millis, rounds)));
    }
    batches.add(round);
    round.clear();
  }

  /** Logs a number that is known at the end. */
  public void result(String name, double value) {
    results.add(new MlflowBatches.Metric(name, value, System.currentTimeMillis(), rounds));
  }

  /**
   * Stores a file or a folder among the run's artifacts.
   *
   * @param name below the run's artifacts
   */
  public void artifact(Path from, String name) throws IOException {
    artifacts().put(from, name);
  }

  private RunArtifacts artifacts() {
    return new RunArtifacts(server, info.path("artifact_uri").asText());
  }

  /**
   * Makes an artifact a version of a registered model, which is made if it is not there.
   *
   * @return the version
   */
  public String register(String model, String artifact) throws IOException {
    try {
      server.post("registered-models/create", Map.of("name", model));
    } catch (MlflowServer.Refusal e) {
      if (!e.is("RESOURCE_ALREADY_EXISTS")) {
        throw e;
      }
    }
    return server
        .post(
            "model-versions/create",
            Map.of("name", model, "source", artifacts().uri(artifact), "run_id", id()))
        .at("/model_version/version")
        .asText();
  }

  /** Sends what is left, and marks the run as finished. */
  public void finish() throws IOException {
    finished = true;
    end("FINISHED");
  }

  private void end(String status) throws IOException {
    try {
      roundDone();
      batches.add(results);
      batches.flush();
    } finally {
      server.post(
          "runs/update",
          Map.of("run_id", id(), "status", status, "end_time", System.currentTimeMillis()));
    }
  }

  @Override
  public void close() {
    try (batches) {
      if (!finished) {
        end("FAILED");
      }
    } catch (IOException e) {
      notices.accept("WARNING: " + e.getMessage());
    }
  }

  @Override
  public String toString() {
    return page();
  }
}
