package io.github.cola4j.data;

import java.io.Serializable;

/**
 * A text to learn as it is, or a piece of one.
 *
 * @param text the whole text; null of a piece
 * @param ids the tokens of a piece; null while the text is not tokenised
 */
public record Document(String text, int[] ids) implements Serializable {

  /** A text. */
  public static Document of(String text) {
    return new Document(text, null);
  }

  /** A piece of a text: some of its tokens. */
  public static Document piece(int[] ids) {
    return new Document(null, ids);
  }

  /** Whether it is a piece, which is not cut any further. */
  public boolean isPiece() {
    return ids != null;
  }
}
