package io.github.cola4j.data.tokenizer;

import java.util.List;

/**
 * An answer's text from tokens that come one at a time. It ends before the first of some stop
 * texts, and what might yet become one is held back. Not for several threads.
 */
public final class AnswerText {
  private final TokenStream stream;
  private final List<String> stop;
  private final StringBuilder text = new StringBuilder();
  private int given;
  private boolean stopped;

  /**
   * Starts with no token.
   *
   * @param stop texts that end the answer and are not part of it; none empty
   */
  public AnswerText(Tokenizer tokenizer, List<String> stop) {
    this.stream = new TokenStream(tokenizer);
    this.stop = List.copyOf(stop);
  }

  /**
   * Adds a token.
   *
   * @return whether the answer goes on
   */
  public boolean add(int id) {
    append(stream.add(id));
    return !stopped;
  }

  /** The text that has become certain since this was asked last, often empty. */
  public String take() {
    return give(stopped ? text.length() : text.length() - heldBack());
  }

  /** The rest of the text, after the last token. */
  public String finish() {
    append(stream.finish());
    return give(text.length());
  }

  /** The text so far; after {@link #finish} the whole. */
  public String text() {
    return text.toString();
  }

  private void append(String more) {
    if (stopped) {
      return;
    }
    int from = text.length();
    text.append(more);
    int end = -1;
    for (String mark : stop) {
      int at = text.indexOf(mark, Math.max(0, from - mark.length() + 1));
      end = at >= 0 && (end < 0 || at < end) ? at : end;
    }
    if (end >= 0) {
      text.setLength(end);
      stopped = true;
    }
  }

  /** Characters at the end with which a stop text may begin. */
  private int heldBack() {
    int most = 0;
    for (String mark : stop) {
      for (int n = Math.min(mark.length() - 1, text.length()); n > most; n--) {
        if (text.indexOf(mark.substring(0, n), text.length() - n) >= 0) {
          most = n;
        }
      }
    }
    return most;
  }

  private String give(int to) {
    String piece = to > given ? text.substring(given, to) : "";
    given = Math.max(given, to);
    return piece;
  }
}
