package io.github.cola4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * The architecture of a transformer.
 *
 * @param modelType {@code bert}
 * @param vocabSize entries of the token table
 * @param hiddenSize d, a multiple of {@code heads}
 * @param layers blocks
 * @param heads attention heads of d / heads each
 * @param intermediateSize width of the feed-forward's inner layer
 * @param maxPositions the longest sequence, in tokens
 * @param typeVocabSize entries of the segment table
 * @param layerNormEps added to the variance in every layer normalisation
 */
public record TransformerConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    int typeVocabSize,
    double layerNormEps) {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Checks every value. */
  public TransformerConfig {
    if (modelType == null || modelType.isEmpty()) {
      throw new IllegalArgumentException("modelType must be a name such as bert, got " + modelType);
    }
    positive("vocabSize", vocabSize);
    positive("hiddenSize", hiddenSize);
    positive("layers", layers);
    positive("heads", heads);
    positive("intermediateSize", intermediateSize);
    positive("maxPositions", maxPositions);
    positive("typeVocabSize", typeVocabSize);
    if (hiddenSize % heads != 0) {
      throw new IllegalArgumentException(
          "hiddenSize must be a multiple of heads, got " + hiddenSize + " and " + heads);
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException(
          "layerNormEps must be between 0 and 1, got " + layerNormEps);
    }
  }

  /**
   * Reads a Hugging Face {@code config.json} of a BERT encoder with exact GELU and absolute
   * positions.
   *
   * @param source where the text comes from, for messages
   * @throws IllegalArgumentException if it is not such a configuration; the message names the
   *     source, the key, what was expected and what came
   */
  public static TransformerConfig read(String json, String source) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          source + ": not valid JSON: " + e.getOriginalMessage() + position(e), e);
    }
    if (!root.isObject()) {
      throw new IllegalArgumentException(source + ": expected a JSON object, got " + json.strip());
    }
    Keys keys = new Keys(root, source);
    String modelType = keys.only("model_type", "bert");
    keys.only("hidden_act", "gelu");
    if (root.has("position_embedding_type")) {
      keys.only("position_embedding_type", "absolute");
    }
    if (root.path("is_decoder").asBoolean(false)) {
      throw keys.wrong("is_decoder", "false or absent: an encoder");
    }
    int vocabSize = keys.size("vocab_size");
    int hiddenSize = keys.size("hidden_size");
    int layers = keys.size("num_hidden_layers");
    int heads = keys.size("num_attention_heads");
    int intermediateSize = keys.size("intermediate_size");
    int maxPositions = keys.size("max_position_embeddings");
    int typeVocabSize = keys.size("type_vocab_size");
    double eps = keys.number("layer_norm_eps");
    try {
      return new TransformerConfig(
          modelType,
          vocabSize,
          hiddenSize,
          layers,
          heads,
          intermediateSize,
          maxPositions,
          typeVocabSize,
          eps);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(source + ": " + e.getMessage(), e);
    }
  }

  private record Keys(JsonNode root, String source) {
    String only(String key, String value) {
      if (!root.path(key).asText().equals(value)) {
        throw wrong(key, '"' + value + "\", the only one that is implemented");
      }
      return value;
    }

    int size(String key) {
      JsonNode node = root.path(key);
      if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
        throw wrong(key, "a positive integer");
      }
      return node.intValue();
    }

    double number(String key) {
      if (!root.path(key).isNumber()) {
        throw wrong(key, "a number");
      }
      return root.path(key).doubleValue();
    }

    IllegalArgumentException wrong(String key, String expected) {
      String got = root.has(key) ? root.get(key).toString() : "nothing";
      return new IllegalArgumentException(
          source + ": " + key + " must be " + expected + "; got " + got);
    }
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
  }

  private static String position(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }
}
