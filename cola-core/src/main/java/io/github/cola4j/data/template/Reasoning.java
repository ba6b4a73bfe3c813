package io.github.cola4j.data.template;

import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;

/**
 * What an assistant thinks before it answers, as Qwen3 and DeepSeek-R1 write it: {@code <think>}, a
 * line break, the reasoning, a line break, {@code </think>}, and an empty line before the answer.
 */
final class Reasoning {
  static final String OPEN = "<think>";
  static final String CLOSE = "</think>";

  private static final String OTHER = " other ";
  private static final String END = "\n" + CLOSE + "\n\n";

  private Reasoning() {}

  /** The message without what the assistant thought, in its field or at its content's start. */
  static Message without(Message message) {
    if (message.role() != Role.ASSISTANT) {
      return message;
    }
    String content = message.content();
    if (content != null && inText(content) != null) {
      int end = content.indexOf(CLOSE) + CLOSE.length();
      content = content.substring(end).stripLeading();
    }
    return new Message(
        message.role(), content, message.input(), message.fields().withReasoning(null));
  }

  /** What a message's assistant thought, without white space around it; null for nothing. */
  static String of(Message message) {
    String field = message.fields().reasoning();
    String thought = field != null ? field.strip() : inText(message.text());
    return thought == null || thought.isEmpty() ? null : thought;
  }

  /** The message with something else thought where it has a thought. */
  static Message other(Message message) {
    String field = message.fields().reasoning();
    return field != null
        ? message.with(message.fields().withReasoning(field.strip() + OTHER))
        : new Message(
            message.role(),
            message.content().replaceFirst(OPEN, OPEN + OTHER),
            message.input(),
            message.fields());
  }

  /** What stands before the end of thinking where a content begins with it; else null. */
  private static String inText(String content) {
    int end = content.indexOf(CLOSE);
    String start = content.stripLeading();
    return end < 0 || !start.startsWith(OPEN)
        ? null
        : start.substring(OPEN.length(), start.indexOf(CLOSE)).strip();
  }

  /** Whether a text ends where the assistant is about to think. */
  static boolean isOpenAtEnd(String text) {
    return text.stripTrailing().endsWith(OPEN);
  }

  /** The text before thinking begins at its end. */
  static String beforeOpen(String text) {
    return text.substring(0, text.lastIndexOf(OPEN));
  }

  /** Such a text with nothing thought. */
  static String closed(String text) {
    return text.stripTrailing() + "\n" + END;
  }

  /** The rest of an answer whose thinking has begun. */
  static String continued(String thought, String answer) {
    return (thought == null ? "" : thought) + END + answer.stripLeading();
  }

  /** An answer with its thinking. */
  static String whole(String thought, String answer) {
    return OPEN + "\n" + continued(thought, answer);
  }
}
