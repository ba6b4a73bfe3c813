package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server that answers as MLflow's tracking server does what a training asks of it, in memory,
 * with MLflow's limits. The real one is in the tests of the Python package.
 */
public final class LocalMlflow implements AutoCloseable {
  private static final String API = "/api/2.0/mlflow/";
  private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final JsonMapper MAPPER = new JsonMapper();

  private final HttpServer server;
  private final Map<String, String> experiments = new TreeMap<>(Map.of("Default", "0"));
  private final List<ObjectNode> runs = new CopyOnWriteArrayList<>();
  private final Map<String, byte[]> artifacts = new TreeMap<>();
  private final Map<String, Integer> models = new TreeMap<>();
  private final List<Integer> batches = new ArrayList<>();
  private final List<String> authorizations = new ArrayList<>();
  private volatile boolean down;
  private volatile boolean refusesArtifacts;

  /** Starts one. */
  public LocalMlflow() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  /** Its address. */
  public String uri() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The runs, in the order in which they were made. */
  public List<ObjectNode> runs() {
    return runs;
  }

  /** Makes it refuse everything, or answer again. */
  public void setDown(boolean down) {
    this.down = down;
  }

  /** Makes it refuse artifacts. */
  public void refuseArtifacts() {
    refusesArtifacts = true;
  }

  /** The artifacts of a run, by path. */
  public Map<String, byte[]> artifacts(int run) {
    Map<String, byte[]> its = new TreeMap<>();
    String prefix = "0/" + id(run) + "/artifacts/";
    artifacts.forEach(
        (path, content) -> {
          if (path.startsWith(prefix)) {
            its.put(path.substring(prefix.length()), content);
          }
        });
    return its;
  }

  String id(int run) {
    return runs.get(run).at("/info/run_id").asText();
  }

  /** A metric's values by step; a step that was logged twice fails. */
  public Map<Long, Double> history(int run, String key) {
    Map<Long, Double> values = new TreeMap<>();
    for (JsonNode metric : runs.get(run).at("/all")) {
      if (metric.get("key").asText().equals(key)
          && values.put(metric.get("step").asLong(), metric.get("value").asDouble()) != null) {
        throw new AssertionError("step " + metric.get("step") + " of " + key + " is there twice");
      }
    }
    return values;
  }

  /** A run's parameters or tags. */
  Map<String, String> pairs(int run, String of) {
    Map<String, String> values = new TreeMap<>();
    runs.get(run)
        .at("/data/" + of)
        .forEach(pair -> values.put(pair.get("key").asText(), pair.get("value").asText()));
    return values;
  }

  /** How many metrics each batch had. */
  List<Integer> batches() {
    return batches;
  }

  /** The Authorization headers. */
  List<String> authorizations() {
    return authorizations;
  }

  /** Versions of registered models. */
  public Map<String, Integer> models() {
    return models;
  }

  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final int status;
    private final String code;

    Refused(int status, String code) {
      super(code);
      this.status = status;
      this.code = code;
    }
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
    int status = 200;
    JsonNode answer;
    try {
      boolean isArtifact = exchange.getRequestURI().getPath().startsWith(ARTIFACTS);
      if (down || (refusesArtifacts && isArtifact)) {
        throw new Refused(503, "TEMPORARILY_UNAVAILABLE");
      }
      String path = exchange.getRequestURI().getPath();
      if (path.startsWith(ARTIFACTS)) {
        artifacts.put(path.substring(ARTIFACTS.length()), body);
        answer = MAPPER.createObjectNode();
      } else {
        String query = exchange.getRequestURI().getQuery();
        answer =
            answer(
                path.substring(API.length()),
                query,
                body.length == 0 ? null : MAPPER.readTree(body));
      }
    } catch (Refused e) {
      status = e.status;
      answer =
          MAPPER.createObjectNode().put("error_code", e.code).put("message", "no\nsuch " + e.code);
    }
    byte[] bytes = MAPPER.writeValueAsBytes(answer);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private JsonNode answer(String endpoint, String query, JsonNode body) throws Refused {
    ObjectNode answer = MAPPER.createObjectNode();
    switch (endpoint) {
      case "experiments/get-by-name" -> {
        String id = experiments.get(query.replace("experiment_name=", ""));
        if (id == null) {
          throw new Refused(404, "RESOURCE_DOES_NOT_EXIST");
        }
        answer.putObject("experiment").put("experiment_id", id).put("lifecycle_stage", "active");
      }
      case "experiments/create" -> {
        String id = String.valueOf(experiments.size());
        experiments.put(body.get("name").asText(), id);
        answer.put("experiment_id", id);
      }
      case "runs/create" -> answer.set("run", create(body));
      case "runs/get" -> answer.set("run", run(query.replace("run_id=", "")));
      case "runs/update" ->
          ((ObjectNode) run(body.get("run_id").asText()).get("info"))
              .put("status", body.get("status").asText());
      case "runs/log-batch" -> log(run(body.get("run_id").asText()), body);
      case "registered-models/create" -> {
        if (models.putIfAbsent(body.get("name").asText(), 0) != null) {
          throw new Refused(400, "RESOURCE_ALREADY_EXISTS");
        }
      }
      case "model-versions/create" -> {
        int version = models.merge(body.get("name").asText(), 1, Integer::sum);
        answer.putObject("model_version").put("version", String.valueOf(version));
      }
      default -> throw new Refused(404, "ENDPOINT_NOT_FOUND");
    }
    return answer;
  }

  private ObjectNode create(JsonNode body) {
    ObjectNode run = MAPPER.createObjectNode();
    String id = "run" + runs.size();
    run.putObject("info")
        .put("run_id", id)
        .put("experiment_id", body.get("experiment_id").asText())
        .put("run_name", body.get("run_name").asText())
        .put("artifact_uri", "mlflow-artifacts:/0/" + id + "/artifacts")
        .put("lifecycle_stage", "active")
        .put("status", "RUNNING");
    ObjectNode data = run.putObject("data");
    data.putArray("metrics");
    data.putArray("params");
    data.set("tags", body.get("tags"));
    run.putArray("all");
    runs.add(run);
    return run;
  }

  private ObjectNode run(String id) throws Refused {
    for (ObjectNode run : runs) {
      if (run.at("/info/run_id").asText().equals(id)) {
        return run;
      }
    }
    throw new Refused(404, "RESOURCE_DOES_NOT_EXIST");
  }

  private void log(ObjectNode run, JsonNode body) throws Refused {
    JsonNode metrics = body.path("metrics");
    JsonNode params = body.path("params");
    for (JsonNode param : params) {
      if (param.get("value").asText().length() > 6000) {
        throw new Refused(400, "INVALID_PARAMETER_VALUE");
      }
    }
    if (metrics.size() > 1000 || params.size() > 100) {
      throw new Refused(400, "INVALID_PARAMETER_VALUE");
    }
    if (!metrics.isEmpty()) {
      batches.add(metrics.size());
    }
    ArrayNode newest = (ArrayNode) run.at("/data/metrics");
    for (JsonNode metric : metrics) {
      ((ArrayNode) run.get("all")).add(metric);
      for (int i = 0; i < newest.size(); i++) {
        if (newest.get(i).get("key").equals(metric.get("key"))) {
          newest.remove(i);
          break;
        }
      }
      newest.add(metric);
    }
    params.forEach(((ArrayNode) run.at("/data/params"))::add);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
