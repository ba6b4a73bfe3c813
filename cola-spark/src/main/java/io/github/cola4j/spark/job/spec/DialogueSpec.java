package io.github.cola4j.spark.job.spec;

import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How the rows of a language-model task hold dialogues.
 *
 * @param format auto, alpaca, chat, sharegpt, text or preference
 * @param instruction the column of alpaca rows' instructions
 * @param input of their inputs
 * @param output of their answers
 * @param messages of chat rows' messages
 * @param conversations of sharegpt rows' conversations
 * @param text of texts that are learnt as they are
 * @param prompt of what preferences are answers to
 * @param chosen of the answers that are preferred
 * @param rejected of the others
 */
@RecordBuilder
public record DialogueSpec(
    DialogueFormat format,
    String instruction,
    String input,
    String output,
    String messages,
    String conversations,
    String text,
    String prompt,
    String chosen,
    String rejected)
    implements DialogueSpecBuilder.With {

  /** Fills in defaults. */
  public DialogueSpec {
    format = format == null ? DialogueFormat.AUTO : format;
    DialogueColumns all =
        new DialogueColumns(
            instruction, input, output, messages, conversations, text, prompt, chosen, rejected);
    instruction = all.instruction();
    input = all.input();
    output = all.output();
    messages = all.messages();
    conversations = all.conversations();
    text = all.text();
    prompt = all.prompt();
    chosen = all.chosen();
    rejected = all.rejected();
  }

  /** Every default. */
  public static DialogueSpec defaults() {
    return DialogueSpecBuilder.builder().build();
  }

  /** The columns. */
  public DialogueColumns columns() {
    return new DialogueColumns(
        instruction, input, output, messages, conversations, text, prompt, chosen, rejected);
  }
}
