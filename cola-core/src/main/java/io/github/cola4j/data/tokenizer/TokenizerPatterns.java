package io.github.cola4j.data.tokenizer;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Refuses regular expressions of a {@code tokenizer.json} whose search takes more than linear time.
 * The tokenizer's engine backtracks, cannot be interrupted, and ends the JVM when a single match
 * takes more than ten million steps.
 *
 * <p>Two checks complement one another: none of the expressions in use repeats a group that could
 * match in several ways, and on long runs of the characters that an expression may match, another
 * backtracking engine takes a number of steps in proportion to their length.
 */
final class TokenizerPatterns {
  private static final int MAX_LENGTH = 10_000;

  /** Characters of a probe, and the steps for each that are allowed. */
  private static final int PROBE = 2000;

  private static final int STEPS = 200;

  /** One of each kind that expressions tell apart. */
  private static final String KINDS = "aAé中0 \n\t\u00A0!'\u0308";

  /** Literal characters of an expression that are tried. */
  private static final int MAX_KINDS = 64;

  private static final Pattern REPEATED =
      Pattern.compile("\\G(?:[*+]|\\{\\d*,\\}|\\{(?:\\d*,)?(?:[2-9]|\\d\\d+)\\})");

  private static final Pattern QUANTIFIER = Pattern.compile("\\G(?:[*+?]|\\{\\d*,?\\d*\\})");

  private TokenizerPatterns() {}

  /**
   * Checks one expression.
   *
   * @throws IllegalArgumentException if it may take more than linear time
   */
  static void check(String regex) {
    if (regex.length() > MAX_LENGTH) {
      throw wrong(regex, "it has more than " + MAX_LENGTH + " characters");
    }
    checkGroups(regex);
    Pattern pattern;
    try {
      pattern =
          Pattern.compile(
              regex.replaceAll("\\\\p\\{(\\p{Lu}\\p{Ll}{2,})\\}", "\\\\p{Is$1}"),
              Pattern.UNICODE_CHARACTER_CLASS);
    } catch (PatternSyntaxException e) {
      return; // the engines' dialects differ; the tokenizer's own says what is malformed
    }
    Set<Integer> kinds = new LinkedHashSet<>();
    KINDS.codePoints().forEach(kinds::add);
    regex.codePoints().limit(MAX_KINDS).forEach(kinds::add);
    for (int kind : kinds) {
      String run = Character.toString(kind).repeat(PROBE);
      for (String probe : new String[] {run, run + "\u0001"}) {
        try {
          Matcher matcher = pattern.matcher(new Counted(probe));
          while (matcher.find()) {
            // each match counts its steps
          }
        } catch (TooManySteps | StackOverflowError e) {
          throw wrong(regex, "a search takes more than linear time");
        }
      }
    }
  }

  /** Refuses a repeated group with a repetition or an alternative inside. */
  private static void checkGroups(String regex) {
    int[] ambiguousAt = new int[regex.length() + 1]; // by depth: whether the group is
    int depth = 0;
    int set = 0;
    for (int i = 0; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '[') {
        set++;
      } else if (c == ']' && set > 0) {
        set--;
      } else if (set > 0) {
        continue;
      } else if (c == '(') {
        ambiguousAt[++depth] = 0;
        i += regex.startsWith("?", i + 1) ? 1 : 0;
      } else if (c == ')' && depth > 0) {
        boolean ambiguous = ambiguousAt[depth--] == 1;
        if (ambiguous && REPEATED.matcher(regex).find(i + 1)) {
          throw wrong(regex, "it repeats a group that can match in several ways");
        }
        ambiguousAt[depth] |= ambiguous ? 1 : 0;
      } else if (c == '|' || QUANTIFIER.matcher(regex).find(i)) {
        ambiguousAt[depth] = 1;
      }
    }
  }

  private static IllegalArgumentException wrong(String regex, String reason) {
    String shown = regex.length() <= 200 ? regex : regex.substring(0, 200) + "…";
    return new IllegalArgumentException(
        "the regular expression '" + shown + "' could stop the program: " + reason);
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManySteps() {
      super("too many steps", null, false, false);
    }
  }

  /** A text that counts how often a character is looked at. */
  private static final class Counted implements CharSequence {
    private final String text;
    private int steps;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (++steps > STEPS * text.length()) {
        throw new TooManySteps();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
