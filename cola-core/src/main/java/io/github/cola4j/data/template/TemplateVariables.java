package io.github.cola4j.data.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.MessageFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A dialogue as the variables that transformers gives a chat template. */
final class TemplateVariables {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ARGUMENTS = "arguments";

  private TemplateVariables() {}

  /**
   * Variables of a dialogue: {@code messages} and {@code tools}, and {@code documents}, which is
   * none.
   *
   * @param objects whether the arguments of calls are objects, as most templates take them, and not
   *     strings of JSON, as OpenAI writes them
   */
  static Map<String, Object> of(Dialogue dialogue, boolean objects) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Message message : dialogue.messages()) {
      messages.add(fields(message, objects));
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("messages", messages);
    variables.put("tools", dialogue.tools() == null ? null : value(parsed(dialogue.tools())));
    variables.put("documents", null); // defined, as Hugging Face passes it
    return variables;
  }

  private static Map<String, Object> fields(Message message, boolean objects) {
    MessageFields more = message.fields();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", message.role().key());
    fields.put("content", message.content() == null ? null : message.text());
    put(fields, "reasoning_content", more.reasoning());
    put(fields, "name", more.name());
    put(fields, "tool_call_id", more.toolCallId());
    if (more.toolCalls() != null) {
      fields.put("tool_calls", value(calls(more.toolCalls(), objects)));
    }
    return fields;
  }

  private static void put(Map<String, Object> fields, String name, String value) {
    if (value != null) {
      fields.put(name, value);
    }
  }

  private static JsonNode calls(String json, boolean objects) {
    JsonNode calls = parsed(json);
    for (JsonNode call : calls) {
      if (call.path("function") instanceof ObjectNode function) {
        JsonNode given = function.path(ARGUMENTS);
        if (objects && given.isTextual()) {
          JsonNode read = given.asText().isBlank() ? JSON.createObjectNode() : object(given);
          function.set(ARGUMENTS, read);
        } else if (!objects && given.isContainerNode()) {
          function.put(ARGUMENTS, given.toString());
        }
      }
    }
    return calls;
  }

  /** An object that is written as a string; another string as it is. */
  private static JsonNode object(JsonNode text) {
    try {
      JsonNode read = JSON.readTree(text.asText());
      return read.isObject() ? read : text;
    } catch (JsonProcessingException e) {
      return text;
    }
  }

  private static JsonNode parsed(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "expected JSON, got '" + json + "': " + e.getOriginalMessage(), e);
    }
  }

  /** A JSON value as templates have it. */
  private static Object value(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> map = new LinkedHashMap<>();
      node.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
      return map;
    }
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(value(item)));
      return list;
    }
    if (node.isBoolean()) {
      return node.asBoolean();
    }
    if (node.isIntegralNumber()) {
      if (!node.canConvertToLong()) {
        throw new IllegalArgumentException("expected numbers of up to 64 bits, got " + node);
      }
      return node.asLong();
    }
    return node.isNumber() ? (Object) node.asDouble() : node.textValue();
  }
}
