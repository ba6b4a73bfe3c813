package io.github.cola4j.data.tokenizer;

import java.util.Arrays;

/**
 * Text from tokens that come one at a time, for a terminal: a character whose bytes are spread over
 * tokens appears when it is whole, and the pieces together are the text of all tokens. Special
 * tokens are left out. Not for several threads.
 */
public final class TokenStream {
  private static final char INCOMPLETE = '\uFFFD';

  /** Tokens after which a malformed character is taken for one; none takes more. */
  private static final int LONGEST = 8;

  private final Tokenizer tokenizer;
  private int[] ids = new int[64];
  private int length;

  /** Where decoding starts: before the last piece, as the first token may lose its space. */
  private int from;

  /** Up to where the text has been given out. */
  private int given;

  /** Starts with no token. */
  public TokenStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Adds a token; the text that is now certain, often empty. */
  public String add(int id) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, 2 * length);
    }
    ids[length++] = id;
    String text = text(length);
    boolean whole =
        text.isEmpty() || text.charAt(text.length() - 1) != INCOMPLETE || length - given > LONGEST;
    return whole ? give(text) : "";
  }

  /** The rest of the text, after the last token. */
  public String finish() {
    return give(text(length));
  }

  private String give(String text) {
    String before = text(given);
    if (text.length() <= before.length()) {
      return "";
    }
    from = given;
    given = length;
    return text.substring(before.length());
  }

  private String text(int to) {
    return tokenizer.decode(Arrays.copyOfRange(ids, from, to), false);
  }
}
