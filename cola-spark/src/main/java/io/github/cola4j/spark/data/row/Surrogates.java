package io.github.cola4j.spark.data.row;

import io.github.cola4j.spark.data.file.DataFile;

/**
 * Halves of surrogate pairs that stand alone, as a cut emoji leaves them ({@code \ud83d} in JSON).
 * They are no characters: no encoding has them, and a writer refuses the whole string.
 */
public final class Surrogates {
  private static final char REPLACEMENT = '\uFFFD';

  private Surrogates() {}

  /** The string with U+FFFD for each lone half; the string itself where there is none. */
  public static String repaired(String text) {
    return repaired(text, false);
  }

  /**
   * The string with U+FFFD for each lone half.
   *
   * @param keepsMalformed whether {@link DataFile#MALFORMED} stays
   */
  public static String repaired(String text, boolean keepsMalformed) {
    StringBuilder repaired = null;
    for (int i = 0; i < text.length(); i++) {
      boolean stays = keepsMalformed && text.charAt(i) == DataFile.MALFORMED;
      if (!stays && isLone(text, i)) {
        repaired = repaired == null ? new StringBuilder(text) : repaired;
        repaired.setCharAt(i, REPLACEMENT);
      }
    }
    return repaired == null ? text : repaired.toString();
  }

  /** Whether bytes of the string's file were none of its encoding. */
  public static boolean hasMalformed(String text) {
    int at = text.indexOf(DataFile.MALFORMED);
    while (at >= 0 && !isLone(text, at)) {
      at = text.indexOf(DataFile.MALFORMED, at + 1);
    }
    return at >= 0;
  }

  private static boolean isLone(String text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }
}
