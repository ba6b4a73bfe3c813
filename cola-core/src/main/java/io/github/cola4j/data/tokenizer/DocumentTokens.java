package io.github.cola4j.data.tokenizer;

import java.util.Arrays;

/**
 * The tokens of a whole text, however long: those of the tokenizer, with what it puts around a
 * text, and one that ends it. What the native tokenizer takes at a time is bounded, so a longer
 * text is tokenised in sections, which begin between words where there is a place.
 */
public final class DocumentTokens {
  /** Characters of a section at most. */
  static final int SECTION = TextPrefix.MAX / 2;

  private DocumentTokens() {}

  /**
   * The tokens of a text.
   *
   * @param tokenizer one that does not truncate
   * @param end the token that ends the text, unless the tokenizer puts it there; null for none
   * @throws IllegalArgumentException if the tokenizer gives a token that the model does not have
   */
  public static int[] of(Tokenizer tokenizer, String text, SpecialTokens.Token end) {
    return of(tokenizer, text, end, SECTION);
  }

  static int[] of(Tokenizer tokenizer, String text, SpecialTokens.Token end, int section) {
    int[] ids =
        text.length() <= section ? tokenizer.ids(text, true) : joined(tokenizer, text, section);
    boolean ended = end == null || (ids.length > 0 && ids[ids.length - 1] == end.id());
    return ended ? ids : joined(ids, end.id());
  }

  private static int[] joined(Tokenizer tokenizer, String text, int section) {
    int[] alone = tokenizer.ids("x", false);
    int[] around = tokenizer.ids("x", true);
    int before = 0;
    while (before + alone.length < around.length
        && !Arrays.equals(alone, Arrays.copyOfRange(around, before, before + alone.length))) {
      before++;
    }
    int after = around.length - alone.length - before;
    int to = TextPrefix.cut(text, section);
    int[] ids = tokenizer.ids(text.substring(0, to), true);
    ids = Arrays.copyOf(ids, ids.length - after);
    while (to < text.length()) {
      int from = to;
      to = text.length() - from <= section ? text.length() : TextPrefix.cut(text, from + section);
      ids = joined(ids, tokenizer.continuation(ids, text.substring(from, to)));
    }
    return joined(ids, Arrays.copyOfRange(around, around.length - after, around.length));
  }

  private static int[] joined(int[] ids, int... more) {
    int[] both = Arrays.copyOf(ids, ids.length + more.length);
    System.arraycopy(more, 0, both, ids.length, more.length);
    return both;
  }
}
