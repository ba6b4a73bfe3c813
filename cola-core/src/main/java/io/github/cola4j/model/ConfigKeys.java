package io.github.cola4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.stream.StreamSupport;

/** The keys of a {@code config.json}, each read with the type it must have. */
record ConfigKeys(JsonNode root, String source) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static ConfigKeys parse(String json, String source) {
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
    return new ConfigKeys(root, source);
  }

  /** Whether a key is there and not null. */
  boolean has(String key) {
    return root.hasNonNull(key);
  }

  /** An object under a key; null where there is none. */
  ConfigKeys object(String key) {
    if (!has(key)) {
      return null;
    }
    if (!root.get(key).isObject()) {
      throw wrong(key, "an object");
    }
    return new ConfigKeys(root.get(key), source + ": " + key);
  }

  String text(String key, String otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isTextual()) {
      throw wrong(key, "a text");
    }
    return root.get(key).textValue();
  }

  List<String> texts(String key) {
    if (!has(key)) {
      return List.of();
    }
    return StreamSupport.stream(root.get(key).spliterator(), false).map(JsonNode::asText).toList();
  }

  String only(String key, String value) {
    if (!root.path(key).asText().equals(value)) {
      throw wrong(key, '"' + value + "\", the only one that is implemented");
    }
    return value;
  }

  boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return root.get(key).booleanValue();
  }

  int size(String key) {
    JsonNode node = root.path(key);
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
      throw wrong(key, "a positive integer");
    }
    return node.intValue();
  }

  int size(String key, int otherwise) {
    return has(key) ? size(key) : otherwise;
  }

  double number(String key) {
    if (!root.path(key).isNumber()) {
      throw wrong(key, "a number");
    }
    return root.path(key).doubleValue();
  }

  double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  IllegalArgumentException wrong(String key, String expected) {
    String got = root.has(key) ? root.get(key).toString() : "nothing";
    return new IllegalArgumentException(
        source + ": " + key + " must be " + expected + "; got " + got);
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
