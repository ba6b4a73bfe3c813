package io.github.cola4j.nn;

import io.github.cola4j.nn.batch.TokenBatch;

/**
 * Which keys each query of a causal attention sees. The queries of a sequence are some of its
 * tokens (all of them in training, those with a label in the last block, the newest ones when text
 * is generated); its keys are a range of columns of K and V.
 *
 * @param queryStarts where each sequence's queries start in Q, and their number at the end
 *     [sequences + 1]
 * @param keyFrom the first column of each sequence's keys [sequences]
 * @param keyTo the column after the last [sequences]
 * @param positions the place of each query among its sequence's keys, from 0, ascending within a
 *     sequence [queries]
 */
public record AttentionSpans(int[] queryStarts, int[] keyFrom, int[] keyTo, int[] positions) {

  /** Checks that positions ascend and lie within their sequence's keys. */
  public AttentionSpans {
    int sequences = keyFrom.length;
    if (queryStarts.length != sequences + 1
        || keyTo.length != sequences
        || queryStarts[0] != 0
        || queryStarts[sequences] != positions.length) {
      throw new IllegalArgumentException(
          "expected "
              + (sequences + 1)
              + " query starts from 0 to "
              + positions.length
              + " for "
              + sequences
              + " sequences");
    }
    for (int s = 0; s < sequences; s++) {
      for (int t = queryStarts[s]; t < queryStarts[s + 1]; t++) {
        boolean ascends = t == queryStarts[s] || positions[t] > positions[t - 1];
        if (!ascends || positions[t] < 0 || positions[t] >= keyTo[s] - keyFrom[s]) {
          throw new IllegalArgumentException(
              "query "
                  + t
                  + " is at "
                  + positions[t]
                  + " of the "
                  + (keyTo[s] - keyFrom[s])
                  + " keys of sequence "
                  + s
                  + "; expected ascending places");
        }
      }
    }
  }

  /** Every token is a query; its keys are its own sequence's. */
  public static AttentionSpans of(TokenBatch batch) {
    int sequences = batch.sequences();
    int[] from = new int[sequences];
    int[] to = new int[sequences];
    System.arraycopy(batch.starts(), 0, from, 0, sequences);
    System.arraycopy(batch.starts(), 1, to, 0, sequences);
    return new AttentionSpans(batch.starts(), from, to, batch.positions());
  }

  /**
   * Only some tokens are queries.
   *
   * @param columns their columns in the batch, ascending
   */
  public static AttentionSpans of(TokenBatch batch, int[] columns) {
    AttentionSpans all = of(batch);
    int[] starts = new int[batch.sequences() + 1];
    int[] positions = new int[columns.length];
    int sequence = 0;
    for (int c = 0; c < columns.length; c++) {
      while (columns[c] >= batch.starts()[sequence + 1]) {
        starts[++sequence] = c;
      }
      positions[c] = columns[c] - batch.starts()[sequence];
    }
    while (sequence < batch.sequences()) {
      starts[++sequence] = columns.length;
    }
    return new AttentionSpans(starts, all.keyFrom, all.keyTo, positions);
  }

  /** The number of sequences. */
  public int sequences() {
    return keyFrom.length;
  }
}
