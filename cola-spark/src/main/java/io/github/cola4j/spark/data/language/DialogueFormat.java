package io.github.cola4j.spark.data.language;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a row holds what a language model learns from. */
public enum DialogueFormat {
  /** By the columns: {@code messages}, else {@code conversations}, else instruction and output. */
  AUTO,
  /** An instruction, an optional input and an output. */
  ALPACA,
  /** {@code messages}, a list of objects with {@code role} and {@code content}. */
  CHAT,
  /** {@code conversations}, a list of objects with {@code from} and {@code value}. */
  SHAREGPT,
  /** {@code text}, all of which is learnt as it is. */
  TEXT,
  /** What is asked, and two answers: {@code chosen} is preferred to {@code rejected}. */
  PREFERENCE;

  /** Whether a row is a dialogue, which can be answered. */
  public boolean isDialogue() {
    return this != TEXT && this != PREFERENCE;
  }

  /**
   * Refuses a format whose rows cannot be answered.
   *
   * @throws IllegalArgumentException that says what to do
   */
  public void requireDialogue() {
    if (!isDialogue()) {
      throw new IllegalArgumentException(
          String.format(
              "rows of the format '%s' are no dialogues, which are answered; name how these rows"
                  + " hold what is to be answered: alpaca, chat or sharegpt",
              key()));
    }
  }

  /** The name in a job. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * A format by its name in a job.
   *
   * @throws IllegalArgumentException if there is none such
   */
  public static DialogueFormat of(String name) {
    List<String> names =
        Arrays.stream(values()).map(DialogueFormat::key).collect(Collectors.toList());
    int place = names.indexOf(name);
    if (place < 0) {
      String last = names.remove(names.size() - 1);
      throw new IllegalArgumentException(
          String.format(
              "unknown format '%s'; expected %s or %s", name, String.join(", ", names), last));
    }
    return values()[place];
  }
}
