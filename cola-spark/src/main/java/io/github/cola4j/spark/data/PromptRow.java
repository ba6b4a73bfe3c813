package io.github.cola4j.spark.data;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.Serializable;

/**
 * A row to be answered.
 *
 * @param task whose adapter answers it
 * @param dialogue ends with what is to be answered
 * @param format how the row held it; never auto
 * @param file the file it is in
 * @param line as of {@link BadRow}
 */
public record PromptRow(
    String task, Dialogue dialogue, DialogueFormat format, String file, long line)
    implements Serializable {

  /** The {@link BadRow#kind} of rows that were read and cannot be answered. */
  public static final String NO_ANSWER = "no answer is possible";

  /** The row among the bad ones. */
  public BadRow bad(String reason, String content) {
    return new BadRow(file, line, NO_ANSWER, reason, content);
  }
}
