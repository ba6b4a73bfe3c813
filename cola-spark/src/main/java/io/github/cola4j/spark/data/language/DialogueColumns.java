package io.github.cola4j.spark.data.language;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.List;

/**
 * Which columns of a file make what a language model learns from; each may be null for its default.
 *
 * @param instruction of alpaca rows; {@code instruction}
 * @param input of alpaca rows, optional; {@code input}
 * @param output of alpaca rows; {@code output}
 * @param messages of chat rows; {@code messages}
 * @param conversations of sharegpt rows; {@code conversations}
 * @param text of rows that are learnt as they are; {@code text}
 * @param prompt of preferences, what both answers are to, optional; {@code prompt}
 * @param chosen the answer that is preferred; {@code chosen}
 * @param rejected the other one; {@code rejected}
 */
@RecordBuilder
public record DialogueColumns(
    String instruction,
    String input,
    String output,
    String messages,
    String conversations,
    String text,
    String prompt,
    String chosen,
    String rejected)
    implements Serializable, DialogueColumnsBuilder.With {
  /** Fills in the defaults. */
  public DialogueColumns {
    instruction = instruction == null ? "instruction" : instruction;
    input = input == null ? "input" : input;
    output = output == null ? "output" : output;
    messages = messages == null ? "messages" : messages;
    conversations = conversations == null ? "conversations" : conversations;
    text = text == null ? "text" : text;
    prompt = prompt == null ? "prompt" : prompt;
    chosen = chosen == null ? "chosen" : chosen;
    rejected = rejected == null ? "rejected" : rejected;
  }

  /** The names that a dialogue's columns take. */
  List<String> all() {
    return List.of(instruction, input, output, messages, conversations);
  }

  /** All defaults. */
  public static DialogueColumns defaults() {
    return DialogueColumnsBuilder.builder().build();
  }
}
