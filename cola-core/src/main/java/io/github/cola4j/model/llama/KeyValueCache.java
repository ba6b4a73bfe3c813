package io.github.cola4j.model.llama;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keys and values of the tokens so far of some sequences, for every block: a new token costs one
 * column, not its whole text again. Takes 2 · layers · numKeyValueHeads · dh elements for each
 * token of room.
 */
final class KeyValueCache {
  private final List<Matrix> keys = new ArrayList<>();
  private final List<Matrix> values = new ArrayList<>();
  private final int[] from;
  private final int[] lengths;
  private final int[] room;

  /**
   * An empty cache.
   *
   * @param room the most tokens of each sequence
   */
  KeyValueCache(LlamaDecoder decoder, int[] room) {
    this.room = room.clone();
    this.lengths = new int[room.length];
    this.from = new int[room.length];
    for (int s = 1; s < room.length; s++) {
      from[s] = Math.addExact(from[s - 1], room[s - 1]);
    }
    int columns = Arrays.stream(room).reduce(0, Math::addExact);
    int rows = decoder.config().keySize();
    for (int i = 0; i < decoder.config().layers(); i++) {
      keys.add(Matrix.zeros(decoder.type(), rows, columns));
      values.add(Matrix.zeros(decoder.type(), rows, columns));
    }
  }

  /**
   * The places of new tokens in their sequences.
   *
   * @param sequences which of the cache's sequences the batch's are
   */
  int[] positions(TokenBatch batch, int[] sequences) {
    return places(batch, sequences, lengths);
  }

  /** The columns of new tokens in the cache. */
  int[] columns(TokenBatch batch, int[] sequences) {
    int[] ends = new int[lengths.length];
    for (int s = 0; s < ends.length; s++) {
      ends[s] = from[s] + lengths[s];
    }
    return places(batch, sequences, ends);
  }

  private static int[] places(TokenBatch batch, int[] sequences, int[] first) {
    int[] places = batch.positions();
    for (int s = 0; s < sequences.length; s++) {
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        places[t] += first[sequences[s]];
      }
    }
    return places;
  }

  /** Counts new tokens. */
  void advance(TokenBatch batch, int[] sequences) {
    if (batch.sequences() != sequences.length) {
      throw new IllegalArgumentException(
          "expected tokens of " + sequences.length + " sequences, got " + batch.sequences());
    }
    for (int s = 0; s < sequences.length; s++) {
      int sequence = sequences[s];
      lengths[sequence] += batch.length(s);
      if (lengths[sequence] > room[sequence]) {
        throw new IllegalArgumentException(
            "sequence "
                + sequence
                + " has "
                + lengths[sequence]
                + " tokens, the cache has room for "
                + room[sequence]);
      }
    }
  }

  /** The tokens so far of a sequence. */
  int length(int sequence) {
    return lengths[sequence];
  }

  /**
   * Forgets a sequence's last tokens; their columns are zero again.
   *
   * @param length how many of its first tokens stay
   */
  void truncate(Pass pass, int sequence, int length) {
    if (length < 0 || length > lengths[sequence]) {
      throw new IllegalArgumentException(
          "expected a length of 0 to " + lengths[sequence] + ", got " + length);
    }
    int first = from[sequence] + length;
    int end = from[sequence] + lengths[sequence];
    if (first < end) {
      for (int i = 0; i < keys.size(); i++) {
        pass.kernels().fill(0, keys.get(i).columns(first, end));
        pass.kernels().fill(0, values.get(i).columns(first, end));
      }
    }
    lengths[sequence] = length;
  }

  /** The tokens so far of each new token's sequence, the new ones included. */
  int[] lengths(TokenBatch batch, int[] sequences) {
    int[] all = new int[batch.tokens()];
    for (int s = 0; s < sequences.length; s++) {
      Arrays.fill(all, batch.starts()[s], batch.starts()[s + 1], lengths[sequences[s]]);
    }
    return all;
  }

  /** What queries see: all tokens of their sequence so far, the new ones included. */
  AttentionSpans spans(int[] queryStarts, int[] positions, int[] sequences) {
    int[] starts = new int[sequences.length];
    int[] ends = new int[sequences.length];
    for (int s = 0; s < sequences.length; s++) {
      starts[s] = from[sequences[s]];
      ends[s] = starts[s] + lengths[sequences[s]];
    }
    return new AttentionSpans(queryStarts, starts, ends, positions);
  }

  /** A block's part, new tokens going to the given columns. */
  KeyValues layer(int layer, int[] target) {
    return new KeyValues(keys.get(layer), values.get(layer), target);
  }
}
