package io.github.cola4j.spark.inference;

import io.github.cola4j.model.generate.Speculation;

/**
 * What a language model says of a row.
 *
 * @param text the answer; null where there is none
 * @param ended whether the answer came to its end; false if it was cut at the most tokens, or at
 *     the model's last position
 * @param speculation what a draft model was good for
 * @param reason why there is no answer; null where there is one
 */
public record RowText(String text, boolean ended, Speculation speculation, String reason) {
  /** A row that cannot be answered. */
  static RowText refused(String reason) {
    return new RowText(null, false, Speculation.NONE, reason);
  }

  /** Whether there is an answer. */
  public boolean isAnswered() {
    return reason == null;
  }
}
