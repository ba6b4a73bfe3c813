package io.github.cola4j.model.bert;

import static io.github.cola4j.model.attention.BiasedAttention.part;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.attention.BiasedAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Softmax attention whose scores have a frozen bias by the distance of key and query, which all
 * blocks share (MPNet, arXiv 2004.09297; the buckets of arXiv 1910.10683): within each sequence,
 * head by head,
 *
 * <pre>   S = s KᵀQ + B   P = softmax(S)   O = V P   s = 1/√dh   B_ji = b[bucket(j − i)]</pre>
 *
 * {@link BiasedAttention} holds P [n × n] of one head at a time.
 */
final class RelativeAttention {
  private static final String TABLE = "encoder.relative_attention_bias.weight";

  /** What transformers computes with, whatever the table's size. */
  static final int BUCKETS = 32;

  private static final int MAX_DISTANCE = 128;

  private final Matrix table; // [heads × buckets]

  RelativeAttention(BertConfig config, WeightLoader load) {
    table = load.table(TABLE, config.heads(), BUCKETS);
  }

  /**
   * The biases of a batch, in the working memory of its pass.
   *
   * @param byLength B [n × n] of each head, by the length n of sequences
   */
  private record Biases(TokenBatch batch, Map<Integer, List<Matrix>> byLength)
      implements PlacedAttention {

    @Override
    public Saved forward(
        Pass pass, Adapters adapters, BertLayer block, Matrix q, Matrix k, Matrix v, Matrix o) {
      for (int s = 0; s < batch.sequences(); s++) {
        int from = batch.starts()[s];
        int to = batch.starts()[s + 1];
        List<Matrix> biases = byLength.get(to - from);
        int heads = biases.size();
        for (int h = 0; h < heads; h++) {
          var mark = pass.arena().mark();
          BiasedAttention.forward(
              pass,
              scale(q, heads),
              part(q, h, heads, from, to),
              part(k, h, heads, from, to),
              part(v, h, heads, from, to),
              biases.get(h),
              part(o, h, heads, from, to));
          pass.arena().release(mark);
        }
      }
      return null;
    }

    @Override
    public void backward(
        Pass pass,
        Adapters adapters,
        BertLayer block,
        Saved saved,
        Matrix q,
        Matrix k,
        Matrix v,
        Matrix dO,
        Matrix dQ,
        Matrix dK,
        Matrix dV) {
      for (int s = 0; s < batch.sequences(); s++) {
        int from = batch.starts()[s];
        int to = batch.starts()[s + 1];
        List<Matrix> biases = byLength.get(to - from);
        int heads = biases.size();
        for (int h = 0; h < heads; h++) {
          var mark = pass.arena().mark();
          BiasedAttention.backward(
              pass,
              scale(q, heads),
              part(q, h, heads, from, to),
              part(k, h, heads, from, to),
              part(v, h, heads, from, to),
              biases.get(h),
              part(dO, h, heads, from, to),
              part(dQ, h, heads, from, to),
              0,
              part(dK, h, heads, from, to),
              part(dV, h, heads, from, to));
          pass.arena().release(mark);
        }
      }
    }

    private static double scale(Matrix q, int heads) {
      return 1 / Math.sqrt((double) q.rows() / heads);
    }
  }

  /** That of a pass: all blocks need the same biases. */
  PlacedAttention of(Pass pass, TokenBatch batch) {
    Map<Integer, List<Matrix>> byLength = new TreeMap<>();
    for (int s = 0; s < batch.sequences(); s++) {
      byLength.computeIfAbsent(batch.length(s), n -> ofLength(pass, n));
    }
    return new Biases(batch, byLength);
  }

  private List<Matrix> ofLength(Pass pass, int n) {
    int[] index = new int[n * n];
    for (int query = 0; query < n; query++) {
      for (int key = 0; key < n; key++) {
        index[query * n + key] = bucket(key - query);
      }
    }
    List<Matrix> heads = new ArrayList<>(table.rows());
    for (int h = 0; h < table.rows(); h++) {
      Matrix bias = pass.matrix(n, n);
      pass.kernels().gather(table.rows(h, h + 1), index, false, bias.reshape(1, n * n));
      heads.add(bias);
    }
    return heads;
  }

  /**
   * The bucket of a key's place relative to its query's: one each up to 7 apart, then by the
   * logarithm of the distance up to 128, in float32 as transformers computes it; keys after the
   * query in the upper half.
   */
  static int bucket(int relative) {
    int half = BUCKETS / 2;
    int exact = half / 2;
    int distance = Math.abs(relative);
    int bucket = distance;
    if (distance >= exact) {
      float logarithm = (float) Math.log((float) distance / exact);
      float share = logarithm / (float) Math.log((double) MAX_DISTANCE / exact);
      bucket = Math.min(half - 1, exact + (int) (share * (half - exact)));
    }
    return relative > 0 ? half + bucket : bucket;
  }
}
