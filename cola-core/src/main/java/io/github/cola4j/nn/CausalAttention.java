package io.github.cola4j.nn;

/**
 * The form of a decoder's attention: causal, with grouped keys and values (arXiv 2305.13245) and,
 * if there is one, a sliding window (arXiv 2310.06825). A query at position p sees the keys at
 * max(0, p − window + 1) … p.
 *
 * @param heads query heads h
 * @param numKeyValueHeads heads of keys and values; head i uses the keys of head i ·
 *     numKeyValueHeads / heads
 * @param width dh, features of a head
 * @param window the number of keys a query sees at most; 0 sees all before it
 */
public record CausalAttention(int heads, int numKeyValueHeads, int width, int window) {

  /** Checks that the heads form equal groups. */
  public CausalAttention {
    if (heads < 1
        || numKeyValueHeads < 1
        || heads % numKeyValueHeads != 0
        || width < 1
        || window < 0) {
      throw new IllegalArgumentException(
          "expected heads to be a multiple of key/value heads, a positive width and a window of 0"
              + " or more, got "
              + heads
              + ", "
              + numKeyValueHeads
              + ", "
              + width
              + " and "
              + window);
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
