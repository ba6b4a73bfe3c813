package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Arena;
import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.ElementwiseKernels;
import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Causal attention on the CPU: BLAS on blocks of queries of one head and the keys that the block
 * sees, softmax by the Vector API. Formulas and shapes as in {@link
 * AttentionKernels#causalAttention}.
 */
final class CpuCausalAttention {
  /** Queries of a block: of a long sequence half a block's scores are masked at most. */
  private static final int BLOCK = 64;

  private final GemmKernels gemm;
  private final ElementwiseKernels elements;
  private final Arena scratch = new Arena(DataType.FLOAT);
  private final Seen seen = new Seen();
  private float[] scores = new float[0]; // a block's, then P, [query][keys padded to vectors]
  private float[] dScores = new float[0]; // a block's dP, then dS, like the scores
  private float[] capped = new float[0]; // a block's scores before their exponential
  private float[] sums = new float[0]; // logSumExp [query][heads]
  private float[] inner = new float[0]; // diag(OᵀdO) [query][heads]
  private float[] out = new float[0]; // a column of O
  private float[] gradient = new float[0]; // a column of dO

  CpuCausalAttention(GemmKernels gemm, ElementwiseKernels elements) {
    this.gemm = gemm;
    this.elements = elements;
  }

  /** Queries from … to of one head, which see keys first … last (exclusive) of a sequence. */
  private record Block(int head, int from, int to, int keyStart, int first, int last) {
    Matrix queries(CausalAttention form, Matrix m) {
      return form.queryRows(m, head).columns(from, to);
    }

    Matrix keys(CausalAttention form, Matrix m) {
      return form.keyRows(m, head).columns(keyStart + first, keyStart + last);
    }

    int size() {
      return to - from;
    }

    int keyCount() {
      return last - first;
    }

    int padded() {
      return VectorMath.padded(keyCount());
    }

    /** [keys padded to vectors × queries]. */
    Matrix scratch(Arena arena) {
      return arena.matrix(padded(), size());
    }
  }

  private interface BlockOperation {
    void apply(Block block);
  }

  private static void eachBlock(
      CausalAttention form, AttentionSpans spans, BlockOperation operation) {
    for (int s = 0; s < spans.sequences(); s++) {
      for (int h = 0; h < form.heads(); h++) {
        int end = spans.queryStarts()[s + 1];
        for (int from = spans.queryStarts()[s]; from < end; from += BLOCK) {
          int to = Math.min(end, from + BLOCK);
          int first = form.firstKey(spans.positions()[from]);
          int last = spans.positions()[to - 1] + 1;
          operation.apply(new Block(h, from, to, spans.keyFrom()[s], first, last));
        }
      }
    }
  }

  void forward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    double scale = 1 / Math.sqrt(form.width());
    int heads = form.heads();
    sums = VectorMath.atLeast(sums, heads * q.columns());
    eachBlock(
        form,
        spans,
        block -> {
          Arena.Mark mark = scratch.mark();
          Matrix padded = block.scratch(scratch);
          Matrix weights = padded.rows(0, block.keyCount()); // scores, then P
          gemm.gemm(scale, block.keys(form, k), true, block.queries(form, q), false, 0, weights);
          scores = read(padded, scores);
          for (int i = 0; i < block.size(); i++) {
            seen.set(form, spans, block, i);
            cap(form, scores);
            seen.mask(scores);
            float max = VectorMath.max(scores, seen.from, seen.count());
            float sum = VectorMath.expAndSum(scores, seen.from, seen.count(), max);
            VectorMath.scale(scores, seen.from, seen.count(), 1 / sum);
            seen.clearOutside(scores);
            sums[(block.from + i) * heads + block.head] = (float) (max + Math.log(sum));
          }
          write(scores, padded);
          gemm.gemm(1, block.keys(form, v), false, weights, false, 0, block.queries(form, o));
          scratch.release(mark);
        });
    for (int t = 0; t < q.columns(); t++) {
      logSumExp.storage().write(Columns.at(logSumExp, t), sums, t * heads, heads);
    }
    scratch.reset();
  }

  void backward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    double scale = 1 / Math.sqrt(form.width());
    int heads = form.heads();
    readSums(form, o, dO, logSumExp);
    elements.fill(0, dK);
    elements.fill(0, dV);
    eachBlock(
        form,
        spans,
        block -> {
          Arena.Mark mark = scratch.mark();
          Matrix padded = block.scratch(scratch);
          Matrix dPadded = block.scratch(scratch);
          Matrix weights = padded.rows(0, block.keyCount()); // scores, then P
          Matrix dWeights = dPadded.rows(0, block.keyCount()); // dP, then dS
          Matrix queries = block.queries(form, q);
          Matrix gradients = block.queries(form, dO);
          gemm.gemm(scale, block.keys(form, k), true, queries, false, 0, weights);
          gemm.gemm(1, block.keys(form, v), true, gradients, false, 0, dWeights);
          scores = read(padded, scores);
          dScores = read(dPadded, dScores);
          capped = form.cap() > 0 ? VectorMath.atLeast(capped, scores.length) : capped;
          for (int i = 0; i < block.size(); i++) {
            seen.set(form, spans, block, i);
            if (form.cap() > 0) {
              cap(form, scores);
              System.arraycopy(scores, seen.from, capped, seen.from, seen.count());
            }
            seen.mask(scores);
            int at = (block.from + i) * heads + block.head;
            VectorMath.expAndSum(scores, seen.from, seen.count(), sums[at]);
            VectorMath.softmaxBackward(
                scores, dScores, seen.from, seen.count(), inner[at], (float) scale);
            if (form.cap() > 0) {
              VectorMath.capBackward(capped, dScores, seen.from, seen.count(), (float) form.cap());
            }
            seen.clearOutside(scores);
            seen.clearOutside(dScores);
          }
          write(scores, padded);
          write(dScores, dPadded);
          gemm.gemm(1, gradients, false, weights, true, 1, block.keys(form, dV));
          gemm.gemm(1, queries, false, dWeights, true, 1, block.keys(form, dK));
          gemm.gemm(1, block.keys(form, k), false, dWeights, false, 0, block.queries(form, dQ));
          scratch.release(mark);
        });
    scratch.reset();
  }

  private void cap(CausalAttention form, float[] some) {
    if (form.cap() > 0) {
      VectorMath.cap(some, seen.from, seen.count(), (float) form.cap());
    }
  }

  /** What the forward left of each query and head. */
  private void readSums(CausalAttention form, Matrix o, Matrix dO, Matrix logSumExp) {
    int heads = form.heads();
    int width = form.width();
    sums = VectorMath.atLeast(sums, heads * o.columns());
    inner = VectorMath.atLeast(inner, heads * o.columns());
    out = VectorMath.atLeast(out, o.rows());
    gradient = VectorMath.atLeast(gradient, o.rows());
    for (int t = 0; t < o.columns(); t++) {
      logSumExp.storage().read(Columns.at(logSumExp, t), sums, t * heads, heads);
      Columns.read(o, t, out);
      Columns.read(dO, t, gradient);
      for (int h = 0; h < heads; h++) {
        inner[t * heads + h] = VectorMath.dot(gradient, h * width, out, h * width, width);
      }
    }
  }

  /**
   * Where a query's scores lie in its block's: its row at start … end, keys it sees at first …
   * last, vectors with any of them at from … to (ends are exclusive). One object serves all
   * queries.
   */
  private static final class Seen {
    private int start;
    private int from;
    private int first;
    private int last;
    private int to;
    private int end;

    void set(CausalAttention form, AttentionSpans spans, Block block, int i) {
      int position = spans.positions()[block.from + i];
      start = i * block.padded();
      end = start + block.padded();
      first = start + form.firstKey(position) - block.first;
      last = start + position + 1 - block.first;
      from = start + VectorMath.bound(first - start);
      to = start + VectorMath.padded(last - start);
    }

    int count() {
      return to - from;
    }

    void mask(float[] scores) {
      Arrays.fill(scores, from, first, Float.NEGATIVE_INFINITY);
      Arrays.fill(scores, last, to, Float.NEGATIVE_INFINITY);
    }

    void clearOutside(float[] weights) {
      Arrays.fill(weights, start, from, 0f);
      Arrays.fill(weights, to, end, 0f);
    }
  }

  private static float[] read(Matrix m, float[] array) {
    int length = Math.toIntExact(m.length());
    float[] elements = VectorMath.atLeast(array, length);
    m.storage().read(m.offset(), elements, 0, length);
    return elements;
  }

  private static void write(float[] elements, Matrix m) {
    m.storage().write(m.offset(), elements, 0, Math.toIntExact(m.length()));
  }
}
