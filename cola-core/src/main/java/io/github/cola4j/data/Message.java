package io.github.cola4j.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * One turn of a dialogue.
 *
 * @param role who speaks
 * @param content what is said; only an assistant's and a system's may be empty
 * @param input what an instruction is to be applied to, apart from its content; null where there is
 *     none. Only a user's message has one
 */
public record Message(Role role, String content, String input) implements Serializable {
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
    Objects.requireNonNull(content, "content");
    if (content.isBlank() && role != Role.ASSISTANT && role != Role.SYSTEM) {
      throw new IllegalArgumentException(
          "the " + role.key() + "'s message is empty; only an assistant's or a system's may be");
    }
    if (input != null && role != Role.USER) {
      throw new IllegalArgumentException(
          "only a user's message has an input, this is the " + role.key() + "'s");
    }
    if (input != null && input.isBlank()) {
      input = null;
    }
  }

  /** A message without a separate input. */
  public Message(Role role, String content) {
    this(role, content, null);
  }

  /** A message without a separate input, its role by name. */
  public Message(String role, String content) {
    this(Role.of(role), content, null);
  }

  /** The content and, on lines of its own, the input. */
  public String text() {
    return input == null ? content : content + "\n" + input;
  }
}
