package io.github.cola4j.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * One turn of a dialogue.
 *
 * @param role who speaks
 * @param content what is said; a user's may not be empty. Null where an assistant only calls tools
 * @param input what an instruction is to be applied to, apart from its content; null where there is
 *     none. Only a user's message has one
 * @param fields what else there is
 */
public record Message(Role role, String content, String input, MessageFields fields)
    implements Serializable {
  /** Who speaks. */
  public enum Role {
    /** Sets the scene. */
    SYSTEM,
    /** Asks. */
    USER,
    /** The model. */
    ASSISTANT,
    /** What a tool gave back. */
    TOOL;

    /** The name in data and templates: {@code system}, {@code user}, … */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The role of a name.
     *
     * @throws IllegalArgumentException if there is none such
     */
    public static Role of(String key) {
      return Arrays.stream(values())
          .filter(role -> role.key().equals(key))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "unknown role '" + key + "'; expected system, user, assistant or tool"));
    }
  }

  /** Refuses what no template can render. */
  public Message {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(fields, "fields");
    if (fields.toolCalls() == null) {
      Objects.requireNonNull(content, "content");
    } else if (role != Role.ASSISTANT) {
      throw new IllegalArgumentException(
          "only an assistant's message has tool_calls, this is the " + role.key() + "'s");
    }
    if (role == Role.USER && content.isBlank()) {
      throw new IllegalArgumentException("the user's message is empty; expected a text");
    }
    if (input != null && role != Role.USER) {
      throw new IllegalArgumentException(
          "only a user's message has an input, this is the " + role.key() + "'s");
    }
    if (input != null && input.isBlank()) {
      input = null;
    }
  }

  /** A message that is a role and a text. */
  public Message(Role role, String content) {
    this(role, content, null, MessageFields.NONE);
  }

  /** A message that is a role, by its name, and a text. */
  public Message(String role, String content) {
    this(Role.of(role), content);
  }

  /** The content, empty where there is none, and, on lines of its own, the input. */
  public String text() {
    String text = content == null ? "" : content;
    return input == null ? text : text + "\n" + input;
  }

  /** Whether the model learns to write it. */
  public boolean isLearnt() {
    return role == Role.ASSISTANT && fields.learnt();
  }

  /** The same with other fields. */
  public Message with(MessageFields other) {
    return new Message(role, content, input, other);
  }

  /** Without the fields where there are none: data without them keep their fingerprints. */
  @Override
  public String toString() {
    return String.format(
        "Message[role=%s, content=%s, input=%s%s]",
        role, content, input, fields.equals(MessageFields.NONE) ? "" : ", fields=" + fields);
  }
}
