package io.github.cola4j.spark.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.spark.data.format.JsonRows;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowRule.BadRowException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The messages in a list of a row: OpenAI's keys ({@code role}, {@code content}) or sharegpt's
 * ({@code from}, {@code value}). What cannot be said in a {@link Message}, calls of tools and
 * answers that are not to be learnt, is refused.
 */
final class Turns {
  private static final Map<String, String> SHAREGPT_ROLES =
      Map.of(
          "human", "user",
          "gpt", "assistant",
          "system", "system",
          "user", "user",
          "assistant", "assistant",
          "tool", "tool");

  /** Keys of a message that are more than its text. */
  private static final List<String> CALLS = List.of("tool_calls", "function_call");

  /** Keys of a message that others show the model, and that are not read. */
  private static final List<String> UNUSED =
      List.of("name", "reasoning_content", "thinking", "images", "audio");

  /** Where a message's role and content are. */
  private record Keys(String role, String content) {}

  private static final String NOT_LEARNT =
      "; an answer cannot be left out of the loss: end the dialogue before it, or remove the row";

  private static final Keys CHAT = new Keys("role", "content");
  private static final Keys SHAREGPT = new Keys("from", "value");

  private Turns() {}

  /**
   * All messages.
   *
   * @param chat whether keys are OpenAI's where a message does not tell
   * @param learnt whether answers are learnt, so that none may be left out of it
   */
  static List<Message> of(JsonNode list, boolean chat, boolean learnt) throws BadRowException {
    List<Message> messages = new ArrayList<>();
    for (JsonNode turn : list) {
      messages.add(message(turn, keys(turn, chat), messages.size() + 1, learnt));
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
  private static Message message(JsonNode turn, Keys keys, int number, boolean learnt)
      throws BadRowException {
    try {
      for (String call : CALLS) {
        if (isFilled(turn.get(call))) {
          throw new BadRowException(
              call
                  + " is not supported; remove such rows, or write the call as a text in the"
                  + " content");
        }
      }
      String role = role(turn, keys);
      if (learnt && role.equals(Role.ASSISTANT.key())) {
        requireLearnt(turn);
      }
      String content = content(turn, keys.content());
      return new Message(role, RowRule.wellFormed(keys.content() + " ", content));
    } catch (BadRowException e) {
      throw new BadRowException(
          "a message's " + e.kind(), "message " + number + ": " + e.getMessage());
    }
  }

  private static String role(JsonNode turn, Keys keys) throws BadRowException {
    String given = text(turn, keys.role());
    String role = keys.equals(SHAREGPT) ? SHAREGPT_ROLES.getOrDefault(given, given) : given;
    if (Arrays.stream(Role.values()).noneMatch(known -> known.key().equals(role))) {
      throw new BadRowException(
          "role is unknown",
          String.format(
              "unknown role '%s'; expected %ssystem, user, assistant or tool",
              given, keys.equals(CHAT) ? "" : "human, gpt, "));
    }
    return role;
  }

  /** The weight of an answer in the loss, as OpenAI, Mistral and Axolotl write it, must be 1. */
  private static void requireLearnt(JsonNode turn) throws BadRowException {
    JsonNode weight = turn.get("weight");
    if (weight != null && !weight.isNull() && !(weight.isNumber() && weight.asDouble() == 1)) {
      throw new BadRowException("weight is not 1", "weight is " + weight + NOT_LEARNT);
    }
    JsonNode train = turn.get("train");
    if (train != null && train.isBoolean() && !train.asBoolean()) {
      throw new BadRowException("train is false", "train is false" + NOT_LEARNT);
    }
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

  /** Keys of any message that are not read and have something in them. */
  static List<String> unusedKeys(JsonNode list) {
    return UNUSED.stream()
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
