package io.github.cola4j.nn;

/**
 * The form of a decoder's attention: causal, with grouped keys and values (arXiv 2305.13245) and,
 * if there is one, a sliding window (arXiv 2310.06825). A query at position p sees the keys at
 * max(0, p − window + 1) … p. Scores z may be capped: c tanh(z / c) (Gemma 2, arXiv 2408.00118).
 *
 * @param heads query heads h
 * @param numKeyValueHeads heads of keys and values; head i uses the keys of head i ·
 *     numKeyValueHeads / heads
 * @param width dh, features of a head
 * @param window the number of keys a query sees at most; 0 sees all before it
 * @param cap c; 0 leaves scores as they are
 */
public record CausalAttention(int heads, int numKeyValueHeads, int width, int window, double cap) {

  /** Scores as they are. */
  public CausalAttention(int heads, int numKeyValueHeads, int width, int window) {
    this(heads, numKeyValueHeads, width, window, 0);
  }

  /** Checks that the heads form equal groups. */
  public CausalAttention {
    if (heads < 1
        || numKeyValueHeads < 1
        || heads % numKeyValueHeads != 0
        || width < 1
        || window < 0
        || !(cap >= 0 && cap < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "expected heads to be a multiple of key/value heads, a positive width, a window and a cap"
              + " of 0 or more, got "
              + heads
              + ", "
              + numKeyValueHeads
              + ", "
              + width
              + ", "
              + window
              + " and "
              + cap);
    }
  }

  /** The first key that a query at a position sees. */
  public int firstKey(int position) {
    return window == 0 ? 0 : Math.max(0, position - window + 1);
  }

  /** The rows of a query head in Q and O. */
  public Matrix queryRows(Matrix m, int head) {
    return m.rows(head * width, (head + 1) * width);
  }

  /** The rows of the keys or values that a query head uses. */
  public Matrix keyRows(Matrix m, int head) {
    int group = head * numKeyValueHeads / heads;
    return m.rows(group * width, (group + 1) * width);
  }
}
