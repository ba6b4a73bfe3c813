package io.github.cola4j.spark.track;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.cola4j.spark.job.spec.MlflowConfig;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The REST API of an MLflow tracking server. Credentials are in no message, and in nothing that
 * {@link #toString} gives.
 */
final class MlflowServer {
  /** The environment variable of the address. */
  static final String ADDRESS = "MLFLOW_TRACKING_URI";

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration UPLOAD = Duration.ofMinutes(10);
  private static final int LONGEST_MESSAGE = 300;
  private static final JsonMapper MAPPER = new JsonMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();
  private final String address;
  private final String authorization; // null for none

  private MlflowServer(String address, String authorization) {
    this.address = address;
    this.authorization = authorization;
  }

  /** What the server answered instead of doing it. */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1;

    private final String code;

    Refusal(String code, String message) {
      super(message);
      this.code = code;
    }

    /** Whether it is of this {@code error_code}. */
    boolean is(String expected) {
      return expected.equals(code);
    }
  }

  /**
   * A server, which is not asked anything yet.
   *
   * @param uri null for that of the environment
   * @param environment variables, as MLflow's own clients read them
   * @throws IllegalArgumentException if neither has an address
   */
  static MlflowServer of(String uri, Map<String, String> environment) {
    String given = uri == null ? environment.getOrDefault(ADDRESS, "") : uri;
    if (given.isBlank()) {
      throw new IllegalArgumentException(
          "track.mlflow has no 'uri', and the environment variable "
              + ADDRESS
              + " is not set; give one of them, such as http://127.0.0.1:5000");
    }
    MlflowConfig.requireServer(uri == null ? ADDRESS : "track.mlflow.uri", given);
    URI parsed = URI.create(given);
    String user = environment.get("MLFLOW_TRACKING_USERNAME");
    String password = environment.get("MLFLOW_TRACKING_PASSWORD");
    String token = environment.get("MLFLOW_TRACKING_TOKEN");
    String authorization = null;
    if (user != null && password != null) {
      authorization = basic(user + ":" + password);
    } else if (parsed.getUserInfo() != null) {
      authorization = basic(parsed.getUserInfo());
    } else if (token != null) {
      authorization = "Bearer " + token;
    }
    String path = parsed.getRawPath().replaceAll("/+$", "");
    String port = parsed.getPort() < 0 ? "" : ":" + parsed.getPort();
    return new MlflowServer(
        parsed.getScheme() + "://" + parsed.getHost() + port + path, authorization);
  }

  private static String basic(String credentials) {
    return "Basic "
        + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  /** Asks a question: {@code runs/get}. */
  JsonNode get(String endpoint, Map<String, String> query) throws IOException {
    String asked =
        query.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + encoded(entry.getValue()))
            .collect(Collectors.joining("&", "?", ""));
    return call(endpoint, request("/api/2.0/mlflow/" + endpoint + asked, ANSWER).GET());
  }

  /** Has something done: {@code runs/create}. */
  JsonNode post(String endpoint, Object body) throws IOException {
    return call(
        endpoint,
        request("/api/2.0/mlflow/" + endpoint, ANSWER)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(MAPPER.writeValueAsBytes(body))));
  }

  /**
   * Stores an artifact.
   *
   * @param place below the root of the server's artifacts
   */
  void put(String place, Path file) throws IOException {
    String path = encoded(place).replace("%2F", "/");
    call(
        "artifacts",
        request("/api/2.0/mlflow-artifacts/artifacts/" + path, UPLOAD)
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofFile(file)));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest.Builder request(String path, Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + path)).timeout(timeout);
    return authorization == null ? request : request.header("Authorization", authorization);
  }

  private JsonNode call(String what, HttpRequest.Builder request) throws IOException {
    HttpResponse<String> response;
    try {
      response = client.send(request.build(), BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new IOException("the MLflow server " + address + " cannot be reached", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (IOException e) {
      throw new IOException("the MLflow server " + address + " does not answer: " + message(e), e);
    }
    JsonNode answer = json(response.body());
    if (response.statusCode() / 100 != 2) {
      throw refusal(what, response.statusCode(), answer);
    }
    return answer;
  }

  private static String message(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static JsonNode json(String body) {
    try {
      return MAPPER.readTree(body);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance(); // a page of a proxy
    }
  }

  private Refusal refusal(String what, int status, JsonNode answer) {
    if (status == 401 || status == 403) {
      return new Refusal(
          "PERMISSION_DENIED",
          String.format(
              "the MLflow server %s refuses %s (HTTP %d); set MLFLOW_TRACKING_TOKEN, or"
                  + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
              address, what, status));
    }
    String message = answer.path("message").asText("").replaceAll("\\s+", " ");
    return new Refusal(
        answer.path("error_code").asText(""),
        String.format(
            "the MLflow server %s refuses %s (HTTP %d)%s",
            address,
            what,
            status,
            message.isEmpty()
                ? "; is there an MLflow server at this address?"
                : ": " + message.substring(0, Math.min(message.length(), LONGEST_MESSAGE))));
  }

  @Override
  public String toString() {
    return address;
  }
}
