package io.github.cola4j.spark.data.row;

/**
 * Text of others (names, labels, file names, answers) as it may stand on a terminal: what a
 * terminal would obey instead of showing is written as an escape. Files keep the true value.
 */
public final class VisibleText {
  private VisibleText() {}

  /** On one line: control characters, line breaks among them, as {@code \n} or {@code \u001b}. */
  public static String of(String text) {
    return escaped(text, false, false);
  }

  /** On lines of its own: as {@link #of}, with line breaks and tabs as they are. */
  public static String lines(String text) {
    return escaped(text, true, false);
  }

  /** In quotes: as {@link #of}, and blanks other than the space and what has no width, too. */
  public static String quoted(String text) {
    return '"' + escaped(text, false, true) + '"';
  }

  private static String escaped(String text, boolean lines, boolean blanks) {
    StringBuilder shown = null; // made where it is needed: most text has nothing to escape
    int c;
    for (int i = 0; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      boolean kept = lines && (c == '\n' || c == '\t' || text.startsWith("\r\n", i));
      if (!kept && (isObeyed(c) || (blanks && isUnseen(c)))) {
        shown = shown == null ? new StringBuilder(text.substring(0, i)) : shown;
        shown.append(escape(c));
      } else if (shown != null) {
        shown.appendCodePoint(c);
      }
    }
    return shown == null ? text : shown.toString();
  }

  private static String escape(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\u{%x}", c);
    };
  }

  /** Whether a terminal acts on it: moves, colours, breaks lines, turns the writing direction. */
  private static boolean isObeyed(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      case Character.FORMAT ->
          c == 0x061c
              || c == 0x200e
              || c == 0x200f
              || (c >= 0x202a && c <= 0x202e)
              || (c >= 0x2066 && c <= 0x2069);
      default -> false;
    };
  }

  /** Whether it looks like a space, or like nothing. */
  static boolean isUnseen(int c) {
    return c != ' ' && (Character.isSpaceChar(c) || Character.getType(c) == Character.FORMAT);
  }
}
