package io.github.cola4j.spark.job.spec;

import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How the rows of a language-model task hold dialogues.
 *
 * @param format auto, alpaca, chat, sharegpt or text
 * @param instruction the column of alpaca rows' instructions
 * @param input of their inputs
 * @param output of their answers
 * @param messages of chat rows' messages
 * @param conversations of sharegpt rows' conversations
 * @param text of texts that are learnt as they are
 */
@RecordBuilder
public record DialogueSpec(
    DialogueFormat format,
    String instruction,
    String input,
    String output,
    String messages,
    String conversations,
    String text)
    implements DialogueSpecBuilder.With {

  /** Fills in defaults. */
  public DialogueSpec {
    format = format == null ? DialogueFormat.AUTO : format;
    DialogueColumns all =
        new DialogueColumns(instruction, input, output, messages, conversations, text);
    instruction = all.instruction();
    input = all.input();
    output = all.output();
    messages = all.messages();
    conversations = all.conversations();
    text = all.text();
  }

  /** Every default. */
  public static DialogueSpec defaults() {
    return DialogueSpecBuilder.builder().build();
  }

  /** The columns. */
  public DialogueColumns columns() {
    return new DialogueColumns(instruction, input, output, messages, conversations, text);
  }
}
