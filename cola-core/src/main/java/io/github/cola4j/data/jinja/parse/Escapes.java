package io.github.cola4j.data.jinja.parse;

import io.github.cola4j.data.jinja.value.TemplateException;

/** The backslashes of Python's string literals. */
final class Escapes {
  private static final String LETTERS = "abfnrtv\\'\"";
  private static final String CHARACTERS = "\u0007\b\f\n\r\t\u000b\\'\"";

  private Escapes() {}

  static String decoded(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char next = literal.charAt(++i); // the lexer has seen that a string does not end so
      int letter = LETTERS.indexOf(next);
      if (letter >= 0) {
        text.append(CHARACTERS.charAt(letter));
      } else if (next == '\n') {
        continue;
      } else if (next >= '0' && next <= '7') {
        int end = i + 1;
        while (end < Math.min(i + 3, literal.length())
            && Character.digit(literal.charAt(end), 8) >= 0) {
          end++;
        }
        text.append((char) Integer.parseInt(literal, i, end, 8));
        i = end - 1;
      } else if (next == 'N') {
        throw TemplateException.unsupported("the escape \\N in a string");
      } else if ("xuU".indexOf(next) >= 0) {
        int digits = next == 'x' ? 2 : next == 'u' ? 4 : 8;
        text.appendCodePoint(code(literal, i + 1, digits));
        i += digits;
      } else {
        text.append('\\').append(next);
      }
    }
    return text.toString();
  }

  private static int code(String literal, int from, int digits) {
    int code = -1;
    if (from + digits <= literal.length()) {
      try {
        code = Integer.parseUnsignedInt(literal, from, from + digits, 16);
      } catch (NumberFormatException e) {
        code = -1;
      }
    }
    if (!Character.isValidCodePoint(code)) {
      throw new TemplateException("a string has a \\x, \\u or \\U without its digits");
    }
    return code;
  }
}
