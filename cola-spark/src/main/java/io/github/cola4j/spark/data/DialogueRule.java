package io.github.cola4j.spark.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When a row is a dialogue. To train on: an instruction with an output, or messages of which the
 * last is the assistant's. To answer: an instruction, whose output is not looked at, or messages,
 * of which an assistant's at the end is left out.
 *
 * @param answered whether a row needs an answer
 */
record DialogueRule(DialogueFormat format, DialogueColumns columns, boolean answered)
    implements RowRule<Dialogue> {
  private static final Map<String, String> SHAREGPT_ROLES =
      Map.of(
          "human", "user",
          "gpt", "assistant",
          "system", "system",
          "user", "user",
          "assistant", "assistant",
          "tool", "tool");

  /** Where a message's role and content are. */
  private record Keys(String role, String content) {}

  private static final Keys CHAT = new Keys("role", "content");
  private static final Keys SHAREGPT = new Keys("from", "value");

  @Override
  public Map<String, String> required(Collection<String> present) {
    Map<String, String> required = new LinkedHashMap<>();
    DialogueFormat found =
        format != DialogueFormat.AUTO
            ? format
            : present.contains(columns.messages())
                ? DialogueFormat.CHAT
                : present.contains(columns.conversations())
                    ? DialogueFormat.SHAREGPT
                    : DialogueFormat.ALPACA;
    switch (found) {
      case CHAT -> required.put("messages", columns.messages());
      case SHAREGPT -> required.put("conversations", columns.conversations());
      default -> {
        required.put("instruction", columns.instruction());
        if (answered) {
          required.put("output", columns.output());
        }
      }
    }
    return required;
  }

  @Override
  public List<String> optional() {
    return switch (format) {
      case ALPACA -> List.of(columns.input());
      case CHAT, SHAREGPT -> List.of();
      case AUTO ->
          List.of(
              columns.instruction(),
              columns.input(),
              columns.output(),
              columns.messages(),
              columns.conversations());
    };
  }

  @Override
  public String mend(String role) {
    return String.format(
        "set tasks[].dialogue.%s (--%s)", role, role.equals("output") ? "answer" : role);
  }

  /** How a row holds its dialogue. */
  DialogueFormat format(Values values) {
    return format != DialogueFormat.AUTO
        ? format
        : values.of(columns.messages()) != null
            ? DialogueFormat.CHAT
            : values.of(columns.conversations()) != null
                ? DialogueFormat.SHAREGPT
                : DialogueFormat.ALPACA;
  }

  @Override
  public Dialogue apply(Values values) throws BadRowException {
    try {
      return switch (format(values)) {
        case CHAT -> turns(values, columns.messages(), CHAT);
        case SHAREGPT -> turns(values, columns.conversations(), SHAREGPT);
        default -> alpaca(values);
      };
    } catch (IllegalArgumentException e) {
      throw new BadRowException("no dialogue", e.getMessage());
    }
  }

  private Dialogue alpaca(Values values) throws BadRowException {
    String instruction = RowRule.text(values, columns.instruction());
    Object input = values.of(columns.input());
    boolean none = input == null || (input instanceof String text && text.isBlank());
    String given = none ? null : RowRule.text(values, columns.input());
    String output = answered ? RowRule.text(values, columns.output()) : null;
    return Dialogue.alpaca(instruction, given, output);
  }

  private Dialogue turns(Values values, String column, Keys keys) throws BadRowException {
    Object value = values.of(column);
    if (value == null) {
      throw new BadRowException("column '" + column + "' " + values.whenNull());
    }
    if (!(value instanceof Nested nested) || nested.json() == null || !nested.json().isArray()) {
      throw new BadRowException("column '" + column + "' is no list; expected a list of messages");
    }
    if (nested.json().isEmpty()) {
      throw new BadRowException("column '" + column + "' is an empty list");
    }
    List<Message> messages = new ArrayList<>();
    for (JsonNode turn : nested.json()) {
      messages.add(message(turn, keys, messages.size() + 1));
    }
    return new Dialogue(answered ? answered(messages) : unanswered(messages));
  }

  /** A turn's message; of what is wrong, the message's number is no part of the kind. */
  private static Message message(JsonNode turn, Keys keys, int number) throws BadRowException {
    try {
      String role = text(turn, keys.role());
      String name = keys.equals(SHAREGPT) ? SHAREGPT_ROLES.getOrDefault(role, role) : role;
      return new Message(
          name, RowRule.wellFormed(keys.content() + " ", text(turn, keys.content())));
    } catch (BadRowException e) {
      throw new BadRowException(
          "a message's " + e.getMessage(), "message " + number + ": " + e.getMessage());
    }
  }

  private static List<Message> answered(List<Message> messages) throws BadRowException {
    Role last = messages.get(messages.size() - 1).role();
    if (last != Role.ASSISTANT) {
      throw new BadRowException(
          "the last message is the " + last.key() + "'s; expected the assistant's");
    }
    return messages;
  }

  private static List<Message> unanswered(List<Message> messages) throws BadRowException {
    int end = messages.size();
    while (end > 0 && messages.get(end - 1).role() == Role.ASSISTANT) {
      end--;
    }
    if (end == 0 || messages.get(end - 1).role() == Role.SYSTEM) {
      throw new BadRowException("there is nothing to answer; expected a user's message");
    }
    return messages.subList(0, end);
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
}
