package io.github.cola4j.nn.batch;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences laid side by side: token t of the batch is column t of every activation.
 *
 * @param ids token ids [T]
 * @param typeIds segment ids [T] (0 or 1 for BERT pairs)
 * @param starts where each sequence starts, and T at the end [sequences + 1]
 */
public record TokenBatch(int[] ids, int[] typeIds, int[] starts) implements SequenceBatch {
  /** Checks that the starts ascend from 0 to T and no sequence is empty. */
  public TokenBatch {
    if (starts.length < 2
        || starts[0] != 0
        || starts[starts.length - 1] != ids.length
        || typeIds.length != ids.length) {
      throw new IllegalArgumentException(
          "expected starts from 0 to " + ids.length + " and as many segment ids as token ids");
    }
    for (int s = 1; s < starts.length; s++) {
      if (starts[s] <= starts[s - 1]) {
        throw new IllegalArgumentException("sequence " + (s - 1) + " is empty");
      }
    }
  }

  /**
   * The tokens that a batch has.
   *
   * @throws IllegalArgumentException if it has images or features
   */
  public static TokenBatch of(Batch batch) {
    if (batch instanceof TokenBatch tokens) {
      return tokens;
    }
    throw new IllegalArgumentException(
        "expected a batch of tokens, as transformers of texts take it, got one of "
            + (batch instanceof ImageBatch ? "images" : "features"));
  }

  /** The place of each sequence's last token. */
  public int[] lasts() {
    return Arrays.stream(starts).skip(1).map(end -> end - 1).toArray();
  }

  /** The sequences of several batches, one after the other. */
  public static TokenBatch sideBySide(List<TokenBatch> batches) {
    IntStream starts = IntStream.of(0);
    int tokens = 0;
    for (TokenBatch batch : batches) {
      int before = tokens;
      starts =
          IntStream.concat(starts, Arrays.stream(batch.starts()).skip(1).map(end -> before + end));
      tokens = Math.addExact(tokens, batch.tokens());
    }
    return new TokenBatch(
        batches.stream().flatMapToInt(batch -> Arrays.stream(batch.ids())).toArray(),
        batches.stream().flatMapToInt(batch -> Arrays.stream(batch.typeIds())).toArray(),
        starts.toArray());
  }

  @Override
  public int tokens() {
    return ids.length;
  }

  @Override
  public int sequences() {
    return starts.length - 1;
  }

  /** The length of a sequence. */
  public int length(int sequence) {
    return starts[sequence + 1] - starts[sequence];
  }

  /** The position of every token in its own sequence, from 0 [T]. */
  public int[] positions() {
    int[] positions = new int[ids.length];
    for (int s = 0; s < sequences(); s++) {
      for (int t = starts[s]; t < starts[s + 1]; t++) {
        positions[t] = t - starts[s];
      }
    }
    return positions;
  }

  /** The length of every token's sequence [T]. */
  public int[] lengths() {
    int[] lengths = new int[ids.length];
    for (int s = 0; s < sequences(); s++) {
      Arrays.fill(lengths, starts[s], starts[s + 1], length(s));
    }
    return lengths;
  }

  /**
   * Refuses what a model cannot compute.
   *
   * @param maxPositions its longest sequence
   * @param vocabulary entries of its token table
   */
  public void requireFit(int maxPositions, int vocabulary) {
    for (int s = 0; s < sequences(); s++) {
      if (length(s) > maxPositions) {
        throw new IllegalArgumentException(
            "a sequence of "
                + length(s)
                + " tokens; the model has "
                + maxPositions
                + " positions, truncate first");
      }
    }
    requireBelow(vocabulary);
  }

  /**
   * Refuses segment ids that a model has no embedding for.
   *
   * @param types entries of its segment table
   */
  public void requireTypes(int types) {
    for (int type : typeIds) {
      if (type < 0 || type >= types) {
        throw new IllegalArgumentException(
            "segment id "
                + type
                + "; the model has "
                + types
                + " of them: tokenizer and model do not belong together");
      }
    }
  }

  private void requireBelow(int vocabulary) {
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "token id "
                + id
                + "; the model's vocabulary has "
                + vocabulary
                + " entries: tokenizer and model do not belong together");
      }
    }
  }
}
