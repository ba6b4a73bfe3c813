package io.github.cola4j.spark.data.language;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.MessageFields;
import io.github.cola4j.spark.data.format.JsonRows;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowRule.BadRowException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The messages in a list of a row: OpenAI's keys ({@code role}, {@code content}, {@code
 * tool_calls}, …) or sharegpt's ({@code from}, {@code value}).
 */
final class Turns {
  private static final Map<String, String> ROLES =
      Map.of("developer", "system", "ipython", "tool", "function", "tool");

  private static final Map<String, String> SHAREGPT_ROLES =
      Map.of(
          "human", "user",
          "gpt", "assistant",
          "chatgpt", "assistant",
          "bard", "assistant",
          "bing", "assistant",
          "model", "assistant",
          "observation", "tool");

  private static final String TOOL_CALLS = "tool_calls";

  /** A key of OpenAI's older messages, and a role of LLaMA-Factory's. */
  private static final String FUNCTION_CALL = "function_call";

  /** Where others write what the assistant thought. */
  private static final List<String> REASONING =
      List.of("reasoning_content", "reasoning", "thinking");

  /** Keys of a message that others show the model, and that are not read. */
  private static final List<String> UNUSED = List.of("images", "audio");

  /** Keys of a message that only a model's own template writes. */
  private static final List<String> FOR_TEMPLATE =
      List.of("name", "reasoning_content", "reasoning", "thinking");

  /** Where a message's role and content are. */
  private record Keys(String role, String content) {}

  private static final Keys CHAT = new Keys("role", "content");
  private static final Keys SHAREGPT = new Keys("from", "value");

  private Turns() {}

  /**
   * All messages.
   *
   * @param chat whether keys are OpenAI's where a message does not tell
   * @param calls whether a message may call tools
   */
  static List<Message> of(JsonNode list, boolean chat, boolean calls) throws BadRowException {
    List<Message> messages = new ArrayList<>();
    for (JsonNode turn : list) {
      messages.add(message(turn, keys(turn, chat), messages.size() + 1, calls));
    }
    return messages;
  }

  /** Both kinds of keys are found under both names of columns. */
  private static Keys keys(JsonNode turn, boolean chat) {
    Keys expected = chat ? CHAT : SHAREGPT;
    Keys other = chat ? SHAREGPT : CHAT;
    return !turn.has(expected.role()) && turn.has(other.role()) ? other : expected;
  }

  /** A turn's message; of what is wrong, the message's number is no part of the kind. */
  private static Message message(JsonNode turn, Keys keys, int number, boolean calls)
      throws BadRowException {
    try {
      boolean call = text(turn, keys.role()).equalsIgnoreCase(FUNCTION_CALL);
      Role role = call ? Role.ASSISTANT : role(turn, keys);
      String called =
          call ? ToolCalls.calls(turn.path(keys.content()), FUNCTION_CALL) : calls(turn);
      if (called != null && !calls) {
        throw new BadRowException(
            "call of a tool cannot be written",
            "it calls tools, which no built-in template writes; set prompt.template: model, remove"
                + " such rows, or write the call as a text in the content");
      }
      String content = call ? null : content(turn, keys.content(), role, called != null);
      return new Message(role, content, null, fields(turn, role, called));
    } catch (BadRowException e) {
      throw new BadRowException(
          "a message's " + e.kind(), "message " + number + ": " + e.getMessage());
    }
  }

  private static Role role(JsonNode turn, Keys keys) throws BadRowException {
    String given = text(turn, keys.role());
    String lower = given.toLowerCase(Locale.ROOT);
    String shared = keys.equals(SHAREGPT) ? SHAREGPT_ROLES.getOrDefault(lower, lower) : lower;
    String role = ROLES.getOrDefault(shared, shared);
    if (Arrays.stream(Role.values()).noneMatch(known -> known.key().equals(role))) {
      throw new BadRowException(
          "role is unknown",
          String.format(
              "unknown role '%s'; expected %ssystem, user, assistant or tool",
              given, keys.equals(CHAT) ? "" : "human, gpt, function_call, observation, "));
    }
    return Role.of(role);
  }

  /** Calls of tools in a message, or null. */
  private static String calls(JsonNode turn) throws BadRowException {
    boolean now = isFilled(turn.get(TOOL_CALLS));
    boolean older = isFilled(turn.get(FUNCTION_CALL));
    if (now && older) {
      throw new BadRowException("tool_calls and function_call; expected one of them");
    }
    String key = now ? TOOL_CALLS : FUNCTION_CALL;
    return now || older ? ToolCalls.calls(turn.get(key), key) : null;
  }

  private static MessageFields fields(JsonNode turn, Role role, String calls)
      throws BadRowException {
    String reasoning = null;
    for (String key : REASONING) {
      reasoning = reasoning == null && role == Role.ASSISTANT ? field(turn, key) : reasoning;
    }
    String id = role == Role.TOOL ? field(turn, "tool_call_id") : null;
    boolean learnt = role != Role.ASSISTANT || isLearnt(turn);
    return new MessageFields(reasoning, calls, id, field(turn, "name"), learnt);
  }

  /** A text that a message may have, or null. */
  private static String field(JsonNode turn, String key) throws BadRowException {
    return isFilled(turn.get(key)) ? RowRule.wellFormed(key + " ", text(turn, key)) : null;
  }

  /** Whether an answer counts in the loss: OpenAI's and Mistral's weight, and Axolotl's train. */
  private static boolean isLearnt(JsonNode turn) throws BadRowException {
    JsonNode weight = turn.get("weight");
    if (weight != null && !weight.isNull()) {
      if (!weight.isNumber() || (weight.asDouble() != 0 && weight.asDouble() != 1)) {
        throw new BadRowException(
            "weight is neither 0 nor 1", "weight is " + weight + "; expected 0 or 1");
      }
      return weight.asDouble() == 1;
    }
    JsonNode train = turn.get("train");
    return train == null || !train.isBoolean() || train.asBoolean();
  }

  /** A text that may be empty of a tool, and missing where the assistant calls one. */
  private static String content(JsonNode turn, String key, Role role, boolean calls)
      throws BadRowException {
    JsonNode value = turn.get(key);
    if (calls && (value == null || value.isNull())) {
      return null;
    }
    String content = content(turn, key);
    return content.isBlank() && (calls || role == Role.TOOL)
        ? content
        : RowRule.wellFormed(key + " ", content);
  }

  /** A text, or parts that are texts, which follow on each other without anything between. */
  private static String content(JsonNode turn, String key) throws BadRowException {
    JsonNode value = turn.get(key);
    if (value == null || !value.isArray() || value.isEmpty() || !value.get(0).isObject()) {
      return text(turn, key);
    }
    StringBuilder joined = new StringBuilder();
    for (JsonNode part : value) {
      if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
        String type = part.path("type").asText("none");
        throw new BadRowException(
            key + " has a part that is no text",
            key + " has a part of type '" + type + "'; expected parts of type 'text' alone");
      }
      joined.append(part.path("text").asText());
    }
    return joined.toString();
  }

  private static String text(JsonNode turn, String key) throws BadRowException {
    JsonNode value = turn.get(key);
    if (value == null || value.isNull()) {
      throw new BadRowException(key + " is missing or null");
    }
    if (!value.isTextual()) {
      throw new BadRowException(key + " is " + JsonRows.kind(value) + "; expected a text");
    }
    return value.asText();
  }

  /**
   * Keys of any message that have something in them which the model does not see.
   *
   * @param own whether dialogues are written by the model's own template
   */
  static List<String> unusedKeys(JsonNode list, boolean own) {
    return Stream.concat(UNUSED.stream(), own ? Stream.empty() : FOR_TEMPLATE.stream())
        .filter(
            key -> {
              for (JsonNode turn : list) {
                if (isFilled(turn.get(key))) {
                  return true;
                }
              }
              return false;
            })
        .toList();
  }

  /** Whether there is something in a value. */
  private static boolean isFilled(JsonNode value) {
    return value != null
        && !value.isNull()
        && !(value.isContainerNode() && value.isEmpty())
        && !(value.isTextual() && value.asText().isBlank());
  }
}
