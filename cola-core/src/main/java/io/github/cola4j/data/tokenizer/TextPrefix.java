package io.github.cola4j.data.tokenizer;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Cuts a long text before it is tokenised, without another token among those that are kept: time
 * and memory depend on the number of tokens and not on the text.
 *
 * <p>Tokenisers read from left to right and look ahead only some way: to a word's end, to the end
 * of a run of white space, and within a word as far as merges depend on one another. So a text is
 * cut at two places, if possible between words, and what the tokens of both pieces have in common,
 * without the last {@value #MARGIN}, are tokens of the text. If these are too few the pieces grow,
 * up to {@value #MAX} characters: native code ends the JVM on runs of some ten million.
 */
final class TextPrefix {
  /** Characters that are tokenised at once, at most. */
  static final int MAX = 1 << 20;

  /** Tokens before a cut that may depend on what follows: a chain of as many merges. */
  private static final int MARGIN = 64;

  /** Characters of the first piece, and for each token. */
  private static final int FIRST = 4096;

  private static final int PER_TOKEN = 8;

  /** Characters that are searched for the end of a word. */
  private static final int SEARCHED = 1000;

  private static final Pattern BLANKS = Pattern.compile("(?<=[ \\t\\r\\n])[ \\t\\r\\n]+");

  private final Function<String, int[]> tokenizer;
  private final boolean dropsBlanks;

  /**
   * A cutter.
   *
   * @param tokenizer gives all tokens of a text, without special ones around it
   * @param dropsBlanks whether a run of white space is as good as one blank
   */
  TextPrefix(Function<String, int[]> tokenizer, boolean dropsBlanks) {
    this.tokenizer = tokenizer;
    this.dropsBlanks = dropsBlanks;
  }

  /**
   * The text, or a beginning of it that has more than {@code limit} tokens, of which so many are
   * those of the text.
   *
   * @throws IllegalArgumentException if the text must be cut and cannot be
   */
  String of(String text, int limit) {
    String part = clean(text);
    if (dropsBlanks && part.length() > FIRST) {
      part = BLANKS.matcher(part).replaceAll("");
    }
    long needed = (long) limit + 1 + MARGIN;
    for (long size = FIRST + needed * PER_TOKEN; size < part.length(); size *= 4) {
      if (size > MAX) {
        break;
      }
      String shorter = part.substring(0, cut(part, (int) (size / 4 * 3)));
      String longer = part.substring(0, cut(part, (int) size));
      int[] some = tokenizer.apply(shorter);
      int[] more = tokenizer.apply(longer);
      int same = Arrays.mismatch(some, more);
      if ((same < 0 ? some.length : same) >= needed) {
        return longer;
      }
    }
    if (part.length() > MAX) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a text of %,d characters, of which up to %,d can be tokenised at a time; its beginning"
                  + " does not have the tokens that are needed. Remove what is no text from it",
              text.length(),
              MAX));
    }
    return part;
  }

  /** The end of a word at {@code size} or some way before; else {@code size}. */
  static int cut(String text, int size) {
    for (int i = size; i > Math.max(1, size - SEARCHED); i--) {
      if (text.charAt(i) == ' ' && !Character.isWhitespace(text.charAt(i - 1))) {
        return i;
      }
    }
    return Character.isLowSurrogate(text.charAt(size)) ? size - 1 : size;
  }

  /** Native code takes no text with half a character. */
  private static String clean(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        int pair = text.codePointAt(i);
        if (pair < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
          return text.replaceAll("[\\x{D800}-\\x{DFFF}]", "\uFFFD");
        }
        i++;
      }
    }
    return text;
  }
}
