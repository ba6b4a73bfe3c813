package io.github.cola4j.nn.batch;

/**
 * Pairs of sequences, the preferred one first: sequences 2p and 2p + 1 are a pair.
 *
 * @param tokens all sequences side by side
 * @param targets for each token the id of the next one, or the label that does not count [T]
 */
public record PairBatch(TokenBatch tokens, int[] targets) implements Batch {
  /** Refuses half a pair. */
  public PairBatch {
    if (tokens.sequences() % 2 != 0 || targets.length != tokens.tokens()) {
      throw new IllegalArgumentException(
          "expected pairs of sequences and a target for each of "
              + tokens.tokens()
              + " tokens, got "
              + tokens.sequences()
              + " sequences and "
              + targets.length
              + " targets");
    }
  }

  /**
   * The pairs that a batch has.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static PairBatch of(Batch batch) {
    if (batch instanceof PairBatch pairs) {
      return pairs;
    }
    throw new IllegalArgumentException(
        "expected a batch of pairs of sequences, as preferences are learnt from, got another");
  }

  /** The number of pairs. */
  public int pairs() {
    return tokens.sequences() / 2;
  }
}
