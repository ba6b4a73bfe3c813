package io.github.cola4j.spark.data.language;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.format.JsonRows;
import io.github.cola4j.spark.data.row.RowRule.BadRowException;

/**
 * Tools and calls of them, as OpenAI, TRL and LLaMA-Factory write them, in the one form that chat
 * templates read: {@code {"type": "function", "function": {"name": …}}}.
 */
final class ToolCalls {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final String FUNCTION = "function";
  private static final String NAME = "name";
  private static final String ARGUMENTS = "arguments";

  private ToolCalls() {}

  /** What a text says in JSON; any other value as it is, also a text that is none. */
  static JsonNode read(JsonNode value) {
    String text = value.isTextual() ? value.asText().strip() : "";
    if (!text.startsWith("[") && !text.startsWith("{")) {
      return value;
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return value;
    }
  }

  /**
   * The calls of an assistant's message: a list, or one of them, or a text that says so in JSON.
   *
   * @param key where they stand
   * @return a JSON list
   */
  static String calls(JsonNode value, String key) throws BadRowException {
    ArrayNode calls = JSON.createArrayNode();
    for (JsonNode call : list(value, key, "calls")) {
      ObjectNode wrapped = wrapped(call, key, "calls");
      ObjectNode function = (ObjectNode) wrapped.get(FUNCTION);
      function.set(ARGUMENTS, arguments(function, key));
      calls.add(wrapped);
    }
    return calls.toString();
  }

  /** Arguments are an object, or a text of one, which stays a text. */
  private static JsonNode arguments(ObjectNode function, String key) throws BadRowException {
    JsonNode given = function.path(ARGUMENTS);
    if (given.isMissingNode() || given.isNull()) {
      return JSON.createObjectNode();
    }
    if (given.isObject() || (given.isTextual() && (given.asText().isBlank() || isObject(given)))) {
      return given;
    }
    throw new BadRowException(
        key + " has arguments that are no object",
        String.format(
            "%s has arguments of '%s' that are %s; expected an object, or one in a text of JSON",
            key,
            function.get(NAME).asText(),
            given.isTextual() ? "a text that is none of JSON" : JsonRows.kind(given)));
  }

  private static boolean isObject(JsonNode text) {
    return read(text).isObject();
  }

  /**
   * What the assistant may call: a list of schemas, or one of them, or a text that says so in JSON.
   *
   * @param column where they stand
   * @return a JSON list; null for an empty one
   */
  static String tools(JsonNode value, String column) throws BadRowException {
    String where = "column '" + column + "'";
    ArrayNode tools = JSON.createArrayNode();
    for (JsonNode tool : list(value, where, "tools")) {
      tools.add(wrapped(tool, where, "tools"));
    }
    return tools.isEmpty() ? null : tools.toString();
  }

  private static JsonNode list(JsonNode value, String where, String what) throws BadRowException {
    JsonNode read = read(value);
    if (read.isObject()) {
      return JSON.createArrayNode().add(read);
    }
    if (!read.isArray()) {
      throw new BadRowException(
          String.format(
              "%s is %s; expected a list of %s, or one in a text of JSON",
              where, read.isTextual() ? "a text that is no list" : JsonRows.kind(read), what));
    }
    return read;
  }

  /** One that is the function alone gets its type; a tool that is no function stays as it is. */
  private static ObjectNode wrapped(JsonNode given, String where, String what)
      throws BadRowException {
    boolean alone = given.isObject() && !given.has(FUNCTION) && given.has(NAME);
    ObjectNode wrapped =
        alone
            ? JSON.createObjectNode().put("type", FUNCTION).set(FUNCTION, given.deepCopy())
            : given.isObject() ? given.deepCopy() : JSON.createObjectNode();
    JsonNode name = wrapped.path(FUNCTION).path(NAME);
    if (!name.isTextual() || name.asText().isBlank()) {
      throw new BadRowException(
          String.format(
              "%s has an entry without a function's name; expected a list of %s as"
                  + " {\"type\":\"function\",\"function\":{\"name\":…}}",
              where, what));
    }
    return wrapped;
  }
}
