package io.github.cola4j.data.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The tokens that begin and end texts of a decoder language model.
 *
 * @param bos begins a text; null where the model has none
 * @param eos ends a text; null where the model has none
 * @param stopIds ids at which generation stops: that of eos first, if there is one
 */
public record SpecialTokens(Token bos, Token eos, List<Integer> stopIds) implements Serializable {
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String SPECIAL_TOKENS_MAP = "special_tokens_map.json";
  private static final List<String> ID_FILES = List.of("generation_config.json", "config.json");

  /** A token and its id. */
  public record Token(String text, int id) implements Serializable {}

  /** Copies the list. */
  public SpecialTokens {
    stopIds = List.copyOf(stopIds);
  }

  /**
   * Reads them from a model folder: their texts from {@code tokenizer_config.json}, else {@code
   * special_tokens_map.json}, else by the ids in {@code generation_config.json} or {@code
   * config.json}; further ids that end a text from the last two.
   *
   * @param tokenizer the folder's
   * @throws IllegalArgumentException if a file is malformed, or names a token that the tokenizer
   *     does not have
   */
  public static SpecialTokens read(Path folder, Tokenizer tokenizer) {
    Token bos = token(folder, "bos_token", tokenizer);
    Token eos = token(folder, "eos_token", tokenizer);
    Set<Integer> stopIds = new LinkedHashSet<>();
    if (eos != null) {
      stopIds.add(eos.id());
    }
    for (String file : ID_FILES) {
      stopIds.addAll(ids(folder, file, "eos_token_id"));
    }
    return new SpecialTokens(bos, eos, List.copyOf(stopIds));
  }

  /**
   * The eos token.
   *
   * @param template what needs it, for the message
   * @throws IllegalArgumentException if there is none
   */
  public Token requireEos(String template) {
    if (eos == null) {
      throw new IllegalArgumentException(
          "template '"
              + template
              + "' ends an answer with the model's eos token, and the model names none; set"
              + " eos_token in "
              + TOKENIZER_CONFIG);
    }
    return eos;
  }

  private static Token token(Path folder, String key, Tokenizer tokenizer) {
    for (String file : List.of(TOKENIZER_CONFIG, SPECIAL_TOKENS_MAP)) {
      JsonNode value = json(folder, file).path(key);
      String text = value.isObject() ? value.path("content").asText() : value.asText("");
      if (value.isNull() || text.isEmpty()) {
        continue;
      }
      int id = tokenizer.specialId(text);
      if (id < 0) {
        throw new IllegalArgumentException(
            folder.resolve(file)
                + ": "
                + key
                + " is '"
                + text
                + "', which tokenizer.json has no added token for; take both files of one and the"
                + " same model");
      }
      return new Token(text, id);
    }
    for (String file : ID_FILES) {
      for (int id : ids(folder, file, key + "_id")) {
        String text = tokenizer.specialText(id);
        if (text == null) {
          throw new IllegalArgumentException(
              folder.resolve(file)
                  + ": "
                  + key
                  + "_id is "
                  + id
                  + ", which tokenizer.json has no added token for; take both files of one and the"
                  + " same model");
        }
        return new Token(text, id);
      }
    }
    return null;
  }

  private static List<Integer> ids(Path folder, String file, String key) {
    JsonNode value = json(folder, file).path(key);
    Set<Integer> ids = new LinkedHashSet<>();
    if (value.isIntegralNumber()) {
      ids.add(value.asInt());
    }
    value.forEach(id -> ids.add(id.asInt()));
    return List.copyOf(ids);
  }

  /** A file's content; an empty object where there is no such file. */
  public static JsonNode json(Path folder, String file) {
    Path path = folder.resolve(file);
    ObjectMapper mapper = new ObjectMapper();
    try {
      return Files.isRegularFile(path)
          ? mapper.readTree(Files.readAllBytes(path))
          : mapper.createObjectNode();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(path + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e, e);
    }
  }
}
