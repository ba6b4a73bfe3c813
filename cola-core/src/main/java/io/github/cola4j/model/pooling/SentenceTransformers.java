package io.github.cola4j.model.pooling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.SmallFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The pooling that a model of sentence-transformers was trained with. */
public final class SentenceTransformers {
  /** The folder of a model's that has it. */
  public static final String FOLDER = "1_Pooling";

  /** The file in that folder. */
  public static final String CONFIG = "config.json";

  private static final JsonMapper JSON = new JsonMapper();
  private static final String MODE = "pooling_mode";

  /** What can be computed of what the flags and the key {@value #MODE} may say. */
  private static final Map<String, Pooling> FLAGS =
      Map.of(
          "pooling_mode_mean_tokens", Pooling.MEAN,
          "pooling_mode_cls_token", Pooling.CLS,
          "pooling_mode_lasttoken", Pooling.LAST);

  private static final Map<String, Pooling> MODES =
      Map.of("mean", Pooling.MEAN, "cls", Pooling.CLS, "lasttoken", Pooling.LAST);

  private SentenceTransformers() {}

  /**
   * Reads what a model's folder says.
   *
   * @return null if it says nothing
   * @throws IllegalArgumentException if it is a pooling that is not computed
   */
  public static Pooling pooling(Path folder) {
    Path file = folder.resolve(FOLDER).resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    JsonNode config;
    try {
      config = JSON.readTree(SmallFile.text(file));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
    List<String> chosen = new ArrayList<>();
    Pooling pooling = null;
    for (Map.Entry<String, JsonNode> key : config.properties()) {
      String name = key.getKey();
      if (name.equals(MODE) && key.getValue().isTextual()) {
        chosen.add(MODE + ": " + key.getValue().textValue());
        pooling = MODES.get(key.getValue().textValue());
      } else if (name.startsWith(MODE + "_") && key.getValue().asBoolean()) {
        chosen.add(name);
        pooling = FLAGS.get(name);
      }
    }
    if (chosen.size() != 1 || pooling == null) {
      throw new IllegalArgumentException(
          file
              + ": expected one of the poolings mean, cls and last token, got "
              + chosen
              + "; set 'pooling' in the job file to mean, cls, last or head");
    }
    return pooling;
  }
}
