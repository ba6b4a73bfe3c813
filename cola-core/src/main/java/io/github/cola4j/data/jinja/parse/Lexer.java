package io.github.cola4j.data.jinja.parse;

import io.github.cola4j.data.jinja.eval.TextMethods;
import io.github.cola4j.data.jinja.parse.Token.Kind;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens. White space is treated as Hugging Face does: a line break after a
 * tag or comment is dropped ({@code trim_blocks}), and so are blanks before one at the start of a
 * line ({@code lstrip_blocks}), and one line break at the end of the template.
 */
final class Lexer {
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%}");
  private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");
  private static final Pattern FLOAT =
      Pattern.compile(
          "\\d[\\d_]*+(\\.\\d[\\d_]*+)?+[eE][+-]?\\d[\\d_]*+|\\d[\\d_]*+\\.\\d[\\d_]*+");
  private static final Pattern INTEGER =
      Pattern.compile("0[xX][\\da-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++|\\d[\\d_]*+");
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{Nl}_][\\p{L}\\p{N}\\p{M}_]*+");
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int counted;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    return new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source)
        .run();
  }

  private List<Token> run() {
    boolean lineStart = true;
    while (at < source.length()) {
      int open = nextTag();
      if (open < 0) {
        data(source.substring(at));
        at = source.length();
        break;
      }
      int begin = at;
      char kind = source.charAt(open + 1);
      char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
      data(before(source.substring(begin, open), sign, kind != '{', lineStart));
      at = open;
      int past = open + (sign == '-' || sign == '+' ? 3 : 2);
      if (kind == '#') {
        int end = source.indexOf("#}", open + 2);
        if (end < 0) {
          throw error("a comment is not closed");
        }
        at = end + 2;
        after(source.charAt(end - 1), end - 1 >= open + 2);
      } else if (kind == '%' && raw()) {
        // the text of the raw block is written
      } else {
        inside(past, kind == '{');
      }
      lineStart = at > 0 && source.charAt(at - 1) == '\n';
    }
    tokens.add(new Token(Kind.END, "the end of the template", line()));
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Kind.DATA, text, line()));
    }
  }

  /** The text before a tag, without the white space that the tag takes away. */
  private static String before(String text, char sign, boolean tag, boolean lineStart) {
    if (sign == '-') {
      return TextMethods.stripRight(text, null);
    }
    int start = text.lastIndexOf('\n') + 1;
    boolean blank = TextMethods.stripRight(text.substring(start), null).isEmpty();
    return tag && sign != '+' && blank && (start > 0 || lineStart)
        ? text.substring(0, start)
        : text;
  }

  /** Passes over the white space that a tag's end takes away. */
  private void after(char sign, boolean hasSign) {
    if (hasSign && sign == '-') {
      while (at < source.length() && TextMethods.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (!(hasSign && sign == '+') && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
  }

  private boolean raw() {
    Matcher begin = RAW.matcher(source).region(at, source.length());
    if (!begin.lookingAt()) {
      return false;
    }
    at = begin.end();
    if (begin.group(1).equals("-")) {
      after('-', true);
    }
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw error("a raw block is not closed");
    }
    char sign = end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0);
    data(before(source.substring(at, end.start()), sign, true, source.charAt(at - 1) == '\n'));
    at = end.end();
    after(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
    return true;
  }

  private void inside(int from, boolean output) {
    tokens.add(
        new Token(output ? Kind.OUTPUT_BEGIN : Kind.TAG_BEGIN, output ? "{{" : "{%", line()));
    at = from;
    String close = output ? "}}" : "%}";
    Deque<Character> brackets = new ArrayDeque<>();
    while (true) {
      while (at < source.length() && TextMethods.isSpace(source.charAt(at))) {
        at++;
      }
      if (at == source.length()) {
        throw error("a tag is not closed");
      }
      if (brackets.isEmpty() && closes(close, output)) {
        return;
      }
      token(brackets);
    }
  }

  private boolean closes(String close, boolean output) {
    char sign = source.charAt(at);
    boolean signed = sign == '-' || (sign == '+' && !output);
    if (!source.startsWith(close, signed ? at + 1 : at)) {
      return false;
    }
    tokens.add(new Token(output ? Kind.OUTPUT_END : Kind.TAG_END, close, line()));
    at += signed ? 3 : 2;
    if (!output || sign == '-') {
      after(sign, signed);
    }
    return true;
  }

  private void token(Deque<Character> brackets) {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      string(c);
    } else if (!match(FLOAT, Kind.FLOAT)
        && !match(INTEGER, Kind.INTEGER)
        && !match(NAME, Kind.NAME)) {
      String operator =
          OPERATORS.stream()
              .filter(o -> source.startsWith(o, at))
              .findFirst()
              .orElseThrow(() -> error("the character '" + c + "' is not expected"));
      tokens.add(new Token(Kind.OPERATOR, operator, line()));
      at += operator.length();
      if ("([{".contains(operator)) {
        brackets.push(")]}".charAt("([{".indexOf(c)));
      } else if (")]}".contains(operator) && (brackets.isEmpty() || brackets.pop() != c)) {
        throw error("'" + c + "' closes nothing");
      }
    }
  }

  private boolean match(Pattern pattern, Kind kind) {
    // "m.0.x" has the integers of attributes, not a float
    boolean attribute = kind == Kind.FLOAT && at > 0 && source.charAt(at - 1) == '.';
    Matcher matcher = pattern.matcher(source).region(at, source.length());
    if (attribute || !matcher.lookingAt()) {
      return false;
    }
    tokens.add(new Token(kind, matcher.group(), line()));
    at = matcher.end();
    return true;
  }

  private void string(char quote) {
    int from = at;
    int end = from + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw error("a string is not closed");
    }
    tokens.add(new Token(Kind.STRING, Escapes.decoded(source.substring(from + 1, end)), line()));
    at = end + 1;
  }

  /** The line of the present place. */
  private int line() {
    for (; counted < at; counted++) {
      line += source.charAt(counted) == '\n' ? 1 : 0;
    }
    return line;
  }

  private TemplateException error(String message) {
    return new TemplateException(message).at(line());
  }
}
