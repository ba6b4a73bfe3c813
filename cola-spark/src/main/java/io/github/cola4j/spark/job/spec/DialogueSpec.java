package io.github.cola4j.spark.job.spec;

import io.github.cola4j.spark.data.DialogueColumns;
import io.github.cola4j.spark.data.DialogueFormat;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How the rows of a language-model task hold dialogues.
 *
 * @param format auto, alpaca, chat or sharegpt
 * @param instruction the column of alpaca rows' instructions
 * @param input of their inputs
 * @param output of their answers
 * @param messages of chat rows' messages
 * @param conversations of sharegpt rows' conversations
 */
@RecordBuilder
public record DialogueSpec(
    DialogueFormat format,
    String instruction,
    String input,
    String output,
    String messages,
    String conversations)
    implements DialogueSpecBuilder.With {

  /** Fills in defaults. */
  public DialogueSpec {
    format = format == null ? DialogueFormat.AUTO : format;
    DialogueColumns all = new DialogueColumns(instruction, input, output, messages, conversations);
    instruction = all.instruction();
    input = all.input();
    output = all.output();
    messages = all.messages();
    conversations = all.conversations();
  }

  /** Every default. */
  public static DialogueSpec defaults() {
    return DialogueSpecBuilder.builder().build();
  }

  /** The columns. */
  public DialogueColumns columns() {
    return new DialogueColumns(instruction, input, output, messages, conversations);
  }
}
