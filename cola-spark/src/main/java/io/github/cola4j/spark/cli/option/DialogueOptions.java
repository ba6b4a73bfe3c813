package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.data.DialogueColumns;
import io.github.cola4j.spark.data.DialogueFormat;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import picocli.CommandLine.Option;

/** How a language model's rows hold dialogues. */
public final class DialogueOptions {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      description =
          "Language model: auto (by the columns), alpaca, chat or sharegpt (default"
              + " ${DEFAULT-VALUE}).")
  private String format;

  @Option(
      names = "--instruction",
      paramLabel = "COLUMN",
      description = "Language model: column of the instruction (default instruction).")
  private String instruction;

  @Option(
      names = "--input",
      paramLabel = "COLUMN",
      description = "Language model: column of the instruction's input (default input).")
  private String input;

  @Option(
      names = "--answer",
      paramLabel = "COLUMN",
      description = "Language model: column of the right answer (default output).")
  private String answer;

  @Option(
      names = "--messages",
      paramLabel = "COLUMN",
      description = "Language model: column of a chat's messages (default messages).")
  private String messages;

  @Option(
      names = "--conversations",
      paramLabel = "COLUMN",
      description = "Language model: column of sharegpt's messages (default conversations).")
  private String conversations;

  @Option(
      names = "--encoding",
      paramLabel = "CHARSET",
      description = "Language model: charset of text files (default: found out).")
  private String encoding;

  public DialogueFormat format() {
    try {
      return DialogueFormat.of(format);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--format: " + e.getMessage(), e);
    }
  }

  public DialogueColumns columns() {
    return new DialogueColumns(instruction, input, answer, messages, conversations);
  }

  public String encoding() {
    return encoding;
  }
}
