package io.github.cola4j.data;

import io.github.cola4j.data.Message.Role;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages in the order they were said: an optional system message first, then turns. To train on
 * it, it needs an assistant's message; to generate from it, it must not end in one.
 *
 * @param messages at least one
 * @param tools what the assistant may call: a JSON list of schemas, as chat templates read it; null
 *     for none
 */
public record Dialogue(List<Message> messages, String tools) implements Serializable {
  /** Refuses a dialogue without messages, and a system message that is not the first. */
  public Dialogue {
    messages = List.copyOf(messages);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a dialogue needs at least one message, this has none");
    }
    for (int i = 1; i < messages.size(); i++) {
      if (messages.get(i).role() == Role.SYSTEM) {
        throw new IllegalArgumentException(
            "message " + (i + 1) + " is the system's; only the first may be");
      }
    }
  }

  /** Messages without tools. */
  public Dialogue(List<Message> messages) {
    this(messages, null);
  }

  /** The same tools with other messages. */
  public Dialogue withMessages(List<Message> others) {
    return new Dialogue(others, tools);
  }

  /**
   * An instruction and its answer, as in Stanford's Alpaca data.
   *
   * @param instruction the task
   * @param input what it is to be applied to; null or blank where the instruction says it all
   * @param output the answer; null where it is to be generated
   */
  public static Dialogue alpaca(String instruction, String input, String output) {
    List<Message> messages = new ArrayList<>();
    messages.add(new Message(Role.USER, instruction, input, MessageFields.NONE));
    if (output != null) {
      messages.add(new Message(Role.ASSISTANT, output));
    }
    return new Dialogue(messages);
  }

  /** A question without an answer. */
  public static Dialogue question(String text) {
    return alpaca(text, null, null);
  }

  /** The system's message, or null. */
  public Message system() {
    return messages.get(0).role() == Role.SYSTEM ? messages.get(0) : null;
  }

  /** The messages after the system's. */
  public List<Message> turns() {
    return system() == null ? messages : messages.subList(1, messages.size());
  }

  /** Itself, if there is something to train on. */
  public Dialogue forTraining() {
    if (messages.stream().noneMatch(message -> message.role() == Role.ASSISTANT)) {
      throw new IllegalArgumentException(
          "the dialogue has no assistant message; there is nothing to train on");
    }
    if (messages.stream().noneMatch(Message::isLearnt)) {
      throw new IllegalArgumentException(
          "no answer of the dialogue is learnt: each has weight 0; there is nothing to train on");
    }
    return this;
  }

  /** Itself, if it is the assistant's turn. */
  public Dialogue forGeneration() {
    Role last = messages.get(messages.size() - 1).role();
    if (last == Role.ASSISTANT || last == Role.SYSTEM) {
      throw new IllegalArgumentException(
          "the dialogue ends with the "
              + last.key()
              + "'s message; to generate, it must end with the user's or a tool's");
    }
    return this;
  }

  /** Without the tools where there are none: data without them keep their fingerprints. */
  @Override
  public String toString() {
    return String.format(
        "Dialogue[messages=%s%s]", messages, tools == null ? "" : ", tools=" + tools);
  }
}
