package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;

/** An experiment of an MLflow server, which has runs. */
public final class MlflowExperiment {
  private static final String NAME = "MLFLOW_EXPERIMENT_NAME";

  private final MlflowServer server;
  private final String id;

  private MlflowExperiment(MlflowServer server, String id) {
    this.server = server;
    this.id = id;
  }

  /**
   * An experiment, which is made if it is not there.
   *
   * @param uri the server's; null for {@code MLFLOW_TRACKING_URI}
   * @param name null for {@code MLFLOW_EXPERIMENT_NAME}, or {@code Default}
   * @param environment variables, such as {@code MLFLOW_TRACKING_TOKEN}
   * @throws IllegalArgumentException if there is no address of a server
   * @throws IOException if it cannot be reached, or refuses
   */
  public static MlflowExperiment of(String uri, String name, Map<String, String> environment)
      throws IOException {
    MlflowServer server = MlflowServer.of(uri, environment);
    String called = name == null ? environment.getOrDefault(NAME, "Default") : name;
    try {
      return find(server, called);
    } catch (MlflowServer.Refusal e) {
      if (!e.is("RESOURCE_DOES_NOT_EXIST")) {
        throw e;
      }
    }
    try {
      JsonNode made = server.post("experiments/create", Map.of("name", called));
      return new MlflowExperiment(server, made.path("experiment_id").asText());
    } catch (MlflowServer.Refusal e) {
      if (e.is("RESOURCE_ALREADY_EXISTS")) { // by another run just now
        return find(server, called);
      }
      throw e;
    }
  }

  private static MlflowExperiment find(MlflowServer server, String name) throws IOException {
    JsonNode found =
        server.get("experiments/get-by-name", Map.of("experiment_name", name)).path("experiment");
    if (!found.path("lifecycle_stage").asText().equals("active")) {
      throw new IOException(
          "the MLflow experiment '" + name + "' was deleted; restore it, or name another");
    }
    return new MlflowExperiment(server, found.path("experiment_id").asText());
  }

  /** Where it is. */
  MlflowServer server() {
    return server;
  }

  /** Its number there. */
  String id() {
    return id;
  }
}
