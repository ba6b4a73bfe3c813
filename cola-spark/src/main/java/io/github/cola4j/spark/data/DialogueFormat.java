package io.github.cola4j.spark.data;

import java.util.Arrays;
import java.util.Locale;

/** How a row holds a dialogue. */
public enum DialogueFormat {
  /** By the columns: {@code messages}, else {@code conversations}, else instruction and output. */
  AUTO,
  /** An instruction, an optional input and an output. */
  ALPACA,
  /** {@code messages}, a list of objects with {@code role} and {@code content}. */
  CHAT,
  /** {@code conversations}, a list of objects with {@code from} and {@code value}. */
  SHAREGPT;

  /**
   * A format by its name in a job.
   *
   * @throws IllegalArgumentException if there is none such
   */
  public static DialogueFormat of(String name) {
    return Arrays.stream(values())
        .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown format '" + name + "'; expected auto, alpaca, chat or sharegpt"));
  }
}
