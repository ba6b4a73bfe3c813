package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** How a language model's rows hold dialogues. */
public final class DialogueOptions {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "Language model: how rows hold dialogues: auto (by the columns), alpaca, chat or sharegpt;"
              + " to evaluate also text or preference (default: as in training, else auto).")
  private String format;

  @Option(
      names = "--instruction",
      paramLabel = "COLUMN",
      description =
          "Language model: column of the instruction (default: as in training, else instruction).")
  private String instruction;

  @Option(
      names = "--input",
      paramLabel = "COLUMN",
      description =
          "Language model: column of the instruction's input (default: as in training, else"
              + " input).")
  private String input;

  @Option(
      names = "--answer",
      paramLabel = "COLUMN",
      description =
          "Language model: column of the right answer (default: as in training, else output).")
  private String answer;

  @Option(
      names = "--messages",
      paramLabel = "COLUMN",
      description =
          "Language model: column of a chat's messages (default: as in training, else messages).")
  private String messages;

  @Option(
      names = "--conversations",
      paramLabel = "COLUMN",
      description =
          "Language model: column of sharegpt's messages (default: as in training, else"
              + " conversations).")
  private String conversations;

  @Option(
      names = "--document",
      paramLabel = "COLUMN",
      description = "Language model: column of plain text (default: as in training, else text).")
  private String document;

  @Option(
      names = "--prompt",
      paramLabel = "COLUMN",
      description =
          "Language model: column of the prompt of a preference (default: as in training,"
              + " else prompt).")
  private String prompt;

  @Option(
      names = "--chosen",
      paramLabel = "COLUMN",
      description =
          "Language model: column of the preferred answer (default: as in training, else chosen).")
  private String chosen;

  @Option(
      names = "--rejected",
      paramLabel = "COLUMN",
      description =
          "Language model: column of the other answer (default: as in training, else rejected).")
  private String rejected;

  @Option(
      names = "--encoding",
      paramLabel = "CHARSET",
      description = "Language model: charset of text files (default: found out).")
  private String encoding;

  /** The format that is named, else the one that the adapters have learnt from. */
  public DialogueFormat format(List<AdapterStore.Description> adapters) {
    String name = learnt(adapters).or(format, "format");
    try {
      return DialogueFormat.of(name == null ? "auto" : name);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--format: " + e.getMessage(), e);
    }
  }

  /**
   * The format of rows that are to be answered.
   *
   * @throws InvalidJobException if it is not one of dialogues
   */
  public DialogueFormat answered(List<AdapterStore.Description> adapters) {
    DialogueFormat format = format(adapters);
    try {
      format.requireDialogue();
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--format: " + e.getMessage(), e);
    }
    return format;
  }

  /** The columns that are named; for others those that the adapters have learnt from. */
  public DialogueColumns columns(List<AdapterStore.Description> adapters) {
    LearntColumns learnt = learnt(adapters);
    return new DialogueColumns(
        learnt.or(instruction, "instruction"),
        learnt.or(input, "input"),
        learnt.or(answer, "output"),
        learnt.or(messages, "messages"),
        learnt.or(conversations, "conversations"),
        learnt.or(document, "text"),
        learnt.or(prompt, "prompt"),
        learnt.or(chosen, "chosen"),
        learnt.or(rejected, "rejected"));
  }

  private LearntColumns learnt(List<AdapterStore.Description> adapters) {
    boolean named =
        Stream.of(
                format,
                instruction,
                input,
                messages,
                conversations,
                document,
                prompt,
                chosen,
                rejected)
            .anyMatch(Objects::nonNull);
    return LearntColumns.of(adapters, named);
  }

  public String encoding() {
    return encoding;
  }
}
