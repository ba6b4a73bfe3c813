package io.github.cola4j.spark.job.spec;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.util.Optional;

/**
 * Where else rounds and results are logged.
 *
 * @param tensorboard the folder of TensorBoard's event files, or {@value #BESIDE} for {@code
 *     <output>.tensorboard}; null for none
 * @param mlflow the MLflow server; null for none
 */
public record TrackConfig(
    @JsonDeserialize(using = Folder.class) String tensorboard, MlflowConfig mlflow) {
  /** The folder beside the output. */
  public static final String BESIDE = "true";

  private static final String SUFFIX = ".tensorboard";

  /** Checks every value. */
  public TrackConfig {
    if (tensorboard != null && tensorboard.isBlank()) {
      throw new IllegalArgumentException("track.tensorboard is blank; name a folder, or true");
    }
  }

  /** Nobody. */
  public static TrackConfig nobody() {
    return new TrackConfig(null, null);
  }

  /** TensorBoard's folder, for a job with this output. */
  public Optional<String> eventsBeside(String output) {
    return Optional.ofNullable(
        BESIDE.equals(tensorboard) ? output.replaceAll("/+$", "") + SUFFIX : tensorboard);
  }

  /** A folder, or true or false. */
  private static final class Folder extends StdDeserializer<String> {
    private static final long serialVersionUID = 1;

    Folder() {
      super(String.class);
    }

    @Override
    public String deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      JsonToken token = parser.currentToken();
      if (token == JsonToken.VALUE_STRING) {
        return parser.getText();
      }
      if (!token.isBoolean()) {
        throw new IllegalArgumentException(
            "track.tensorboard: expected true, false or a folder, got " + parser.getText());
      }
      return token == JsonToken.VALUE_TRUE ? BESIDE : null;
    }
  }
}
