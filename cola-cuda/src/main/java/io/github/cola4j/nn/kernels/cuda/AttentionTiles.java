package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;

/**
 * The tiles that blocks of {@code attention.cu} compute, for sequences side by side. Five ints a
 * tile: the first of its columns and their number, the first and the one after the last column on
 * the other side that matter to it, the first key of the sequence.
 *
 * @param queryStarts where each sequence's queries start, and their number at the end
 * @param keyFrom the first column of each sequence's keys
 * @param keyTo the column after the last
 * @param positions the place of each query among its sequence's keys; null if all keys are seen
 * @param window the number of keys a query sees at most; 0 sees all before it
 */
record AttentionTiles(int[] queryStarts, int[] keyFrom, int[] keyTo, int[] positions, int window) {
  private static final int INTS = 5;

  /** Every query sees all keys of its sequence. */
  static AttentionTiles of(TokenBatch batch) {
    int[] starts = batch.starts();
    int sequences = batch.sequences();
    return new AttentionTiles(
        starts,
        Arrays.copyOf(starts, sequences),
        Arrays.copyOfRange(starts, 1, sequences + 1),
        null,
        0);
  }

  /** A query sees the keys up to its own position. */
  static AttentionTiles of(AttentionSpans spans, int window) {
    return new AttentionTiles(
        spans.queryStarts(), spans.keyFrom(), spans.keyTo(), spans.positions(), window);
  }

  /** Whether every column below a number is a key of one sequence. */
  boolean coverKeys(int columns) {
    int end = 0;
    boolean isCovered = true;
    for (int s = 0; s < keyFrom.length; s++) {
      if (keyFrom[s] < end) {
        throw new IllegalArgumentException(
            "expected keys of sequences that follow each other, got keys of sequence "
                + s
                + " from "
                + keyFrom[s]
                + " on, others before "
                + end);
      }
      isCovered &= keyFrom[s] == end;
      end = keyTo[s];
    }
    return isCovered && end == columns;
  }

  /**
   * What is uploaded.
   *
   * @param ints the tiles', then the queries' positions
   * @param tiles how many
   * @param positionsAt where the positions begin; 0 for none
   */
  record Upload(int[] ints, int tiles, int positionsAt) {
    /** The address of the positions; 0 where all keys are seen. */
    long positions(long address) {
      return positionsAt == 0 ? 0 : address + (long) positionsAt * Integer.BYTES;
    }
  }

  /** Tiles of up to {@code size} queries and the keys that any of them sees. */
  Upload ofQueries(int size) {
    int tiles = 0;
    for (int s = 0; s < keyFrom.length; s++) {
      tiles += ceil(queryStarts[s + 1] - queryStarts[s], size);
    }
    int[] ints = withPositions(tiles);
    int at = 0;
    for (int s = 0; s < keyFrom.length; s++) {
      int count = queryStarts[s + 1] - queryStarts[s];
      for (int tile = ceil(count, size) - 1; tile >= 0; tile--) { // those with most keys first
        int from = queryStarts[s] + tile * size;
        int to = Math.min(queryStarts[s + 1], from + size);
        ints[at++] = from;
        ints[at++] = to - from;
        ints[at++] = keyFrom[s] + (positions == null ? 0 : firstKey(positions[from]));
        ints[at++] = positions == null ? keyTo[s] : keyFrom[s] + positions[to - 1] + 1;
        ints[at++] = keyFrom[s];
      }
    }
    return new Upload(ints, tiles, positions == null ? 0 : at);
  }

  /** Tiles of up to {@code size} keys and the queries that see any of them. */
  Upload ofKeys(int size) {
    int tiles = 0;
    for (int s = 0; s < keyFrom.length; s++) {
      tiles += ceil(keyTo[s] - keyFrom[s], size);
    }
    int[] ints = withPositions(tiles);
    int at = 0;
    for (int s = 0; s < keyFrom.length; s++) {
      for (int from = keyFrom[s]; from < keyTo[s]; from += size) {
        int to = Math.min(keyTo[s], from + size);
        ints[at++] = from;
        ints[at++] = to - from;
        ints[at++] = firstQueryAt(s, from - keyFrom[s]);
        ints[at++] = window == 0 ? queryStarts[s + 1] : firstQueryAt(s, lastSeen(to - keyFrom[s]));
        ints[at++] = keyFrom[s];
      }
    }
    return new Upload(ints, tiles, positions == null ? 0 : at);
  }

  /** The position after the last that sees the key before {@code end}. */
  private int lastSeen(int end) {
    return (int) Math.min(Integer.MAX_VALUE, (long) end - 1 + window);
  }

  /** The first query of a sequence at or after a position. */
  private int firstQueryAt(int sequence, int position) {
    int from = queryStarts[sequence];
    if (positions == null) {
      return from;
    }
    int found = Arrays.binarySearch(positions, from, queryStarts[sequence + 1], position);
    return found < 0 ? -found - 1 : found;
  }

  private int firstKey(int position) {
    return window == 0 ? 0 : Math.max(0, position - window + 1);
  }

  private int[] withPositions(int tiles) {
    int all = Math.multiplyExact(tiles, INTS);
    int[] ints = new int[all + (positions == null ? 0 : positions.length)];
    if (positions != null) {
      System.arraycopy(positions, 0, ints, all, positions.length);
    }
    return ints;
  }

  private static int ceil(int dividend, int divisor) {
    return (dividend + divisor - 1) / divisor;
  }
}
