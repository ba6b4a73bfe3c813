package io.github.cola4j.model.modernbert;

import io.github.cola4j.model.attention.BiasedAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Softmax attention within each sequence, where a token sees those at most w places before or after
 * it (arXiv 2412.13663, section 2.1.2; arXiv 2004.05150): with s = 1/√dh, head by head,
 *
 * <pre>   S = s KᵀQ   P_ji = softmax over |i − j| ≤ w   O = V P</pre>
 *
 * Where no sequence is longer than w + 1 tokens every token sees all, as where w is {@link #ALL}.
 * Longer ones are computed by blocks of queries, so that time and memory grow with their length and
 * not its square.
 *
 * @param heads of Q, K and V [d × T]
 * @param reach w
 * @param block queries of a block, b
 * @param mask what scores of a block grow by [b + 2w × b]; null where every token sees all
 */
record LocalAttention(int heads, int reach, int block, Matrix mask) {
  /** Every token sees all others of its sequence. */
  static final int ALL = Integer.MAX_VALUE;

  /** So many queries at least, since narrow matrix multiplications take longer. */
  private static final int QUERIES = 64;

  /** That of a pass, whose working memory has the mask. */
  static LocalAttention of(Pass pass, TokenBatch batch, int heads, int reach) {
    int longest = Arrays.stream(batch.lengths()).max().orElse(0);
    int block = Math.max(QUERIES, reach);
    return new LocalAttention(
        heads, reach, block, reach >= longest - 1 ? null : mask(pass, reach, block));
  }

  /** Key i of a block is at the place i − w, its first query being at 0. */
  private static Matrix mask(Pass pass, int reach, int block) {
    int keys = block + 2 * reach;
    float[] elements = new float[Math.multiplyExact(keys, block)];
    Arrays.fill(elements, BiasedAttention.UNSEEN);
    for (int query = 0; query < block; query++) {
      int first = query * keys + query;
      Arrays.fill(elements, first, first + 2 * reach + 1, 0);
    }
    Matrix mask = pass.matrix(keys, block);
    mask.set(elements);
    return mask;
  }

  /** A head of a block: columns of its queries, of the keys that any of them sees, and the mask. */
  private record Part(
      int head, int heads, int from, int to, int firstKey, int lastKey, Matrix mask) {
    Matrix queries(Matrix m) {
      return BiasedAttention.part(m, head, heads, from, to);
    }

    Matrix keys(Matrix m) {
      return BiasedAttention.part(m, head, heads, firstKey, lastKey);
    }
  }

  private void forEach(Pass pass, TokenBatch batch, Consumer<Part> computation) {
    for (int s = 0; s < batch.sequences(); s++) {
      int start = batch.starts()[s];
      int end = batch.starts()[s + 1];
      for (int from = start; from < end; from += block) {
        int to = Math.min(end, from + block);
        int firstKey = Math.max(start, from - reach);
        int lastKey = Math.min(end, to + reach);
        int outside = firstKey - (from - reach); // rows of the mask before the sequence
        Matrix seen = mask.rows(outside, outside + lastKey - firstKey).columns(0, to - from);
        for (int h = 0; h < heads; h++) {
          var mark = pass.arena().mark();
          computation.accept(new Part(h, heads, from, to, firstKey, lastKey, seen));
          pass.arena().release(mark);
        }
      }
    }
  }

  /**
   * Overwrites O.
   *
   * @param logSumExp [heads × T], for the backward
   */
  void forward(
      Pass pass, Matrix q, Matrix k, Matrix v, TokenBatch batch, Matrix o, Matrix logSumExp) {
    if (mask == null) {
      pass.kernels().attention(q, k, v, heads, batch, o, logSumExp);
      return;
    }
    double scale = scale(q);
    forEach(
        pass,
        batch,
        part ->
            BiasedAttention.forward(
                pass,
                scale,
                part.queries(q),
                part.keys(k),
                part.keys(v),
                part.mask,
                part.queries(o)));
  }

  /** Overwrites dQ, dK and dV. */
  void backward(
      Pass pass,
      Matrix q,
      Matrix k,
      Matrix v,
      TokenBatch batch,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    if (mask == null) {
      pass.kernels().attentionBackward(q, k, v, heads, batch, o, logSumExp, dO, dQ, dK, dV);
      return;
    }
    double scale = scale(q);
    pass.kernels().fill(0, dK);
    pass.kernels().fill(0, dV);
    forEach(
        pass,
        batch,
        part ->
            BiasedAttention.backward(
                pass,
                scale,
                part.queries(q),
                part.keys(k),
                part.keys(v),
                part.mask,
                part.queries(dO),
                part.queries(dQ),
                1,
                part.keys(dK),
                part.keys(dV)));
  }

  private double scale(Matrix q) {
    return 1 / Math.sqrt((double) q.rows() / heads);
  }
}
