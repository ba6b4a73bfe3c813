package io.github.cola4j.spark.job.spec;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An MLflow tracking server. Credentials are the environment's, and in no job file.
 *
 * @param uri of the server; null for the environment variable {@code MLFLOW_TRACKING_URI}
 * @param experiment its name; null for {@code MLFLOW_EXPERIMENT_NAME}, or {@code Default}
 * @param run the run's name; null for the last name of the output
 * @param register the registered model that gets the adapters as a new version; null for none
 */
public record MlflowConfig(String uri, String experiment, String run, String register) {
  private static final Pattern NO_MODEL = Pattern.compile("[/:]");

  /** Checks every value. */
  public MlflowConfig {
    if (uri != null) {
      requireServer("track.mlflow.uri", uri);
      if (URI.create(uri).getRawUserInfo() != null) { // it would be in job.yaml
        throw new IllegalArgumentException(
            "track.mlflow.uri has a user or a password in it, and the job file is stored with the"
                + " results; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or"
                + " MLFLOW_TRACKING_TOKEN, in the environment");
      }
    }
    requireText("experiment", experiment);
    requireText("run", run);
    requireText("register", register);
    if (register != null && NO_MODEL.matcher(register).find()) {
      throw new IllegalArgumentException(
          "track.mlflow.register '"
              + register
              + "' is no name of a registered model; leave out '/' and ':'");
    }
  }

  /**
   * Refuses what is no address of a server.
   *
   * @param key what messages call it
   */
  public static void requireServer(String key, String uri) {
    String remedy =
        "; start a server with 'mlflow server' and give its address, such as http://127.0.0.1:5000";
    URI parsed;
    try {
      parsed = URI.create(uri);
    } catch (IllegalArgumentException e) { // whose message may have a password
      throw new IllegalArgumentException(key + " is no URI" + remedy);
    }
    String scheme = String.valueOf(parsed.getScheme()).toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https")) || parsed.getHost() == null) {
      throw new IllegalArgumentException(
          key + ": expected http:// or https:// and a host" + remedy);
    }
  }

  private static void requireText(String key, String text) {
    if (text != null && text.isBlank()) {
      throw new IllegalArgumentException(
          "track.mlflow." + key + " is blank; name one, or leave the key out");
    }
  }
}
