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
  private float[] scores = new float[0]; // a query's over the block's keys, padded
  private float[] dScoresOfQuery = new float[0];
  private float[] out = new float[0]; // [dh]
  private float[] gradient = new float[0]; // [dh]
  private final float[] number = new float[1];

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

    Matrix logSumExp(Matrix m, int i) {
      return m.rows(head, head + 1).columns(from + i, from + i + 1);
    }

    int keyCount() {
      return last - first;
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
    eachBlock(
        form,
        spans,
        block -> {
          Arena.Mark mark = scratch.mark();
          int keys = block.keyCount();
          int padded = reserve(form, keys);
          Matrix weights = scratch.matrix(keys, block.size()); // scores, then P [keys × queries]
          gemm.gemm(scale, block.keys(form, k), true, block.queries(form, q), false, 0, weights);
          for (int i = 0; i < block.size(); i++) {
            Seen seen = Seen.of(form, spans, block, i);
            Matrix column = weights.columns(i, i + 1);
            read(column, scores);
            float max = VectorMath.max(scores, seen.first, seen.count());
            float sum = exponentials(seen, max);
            VectorMath.scale(scores, seen.first, VectorMath.padded(seen.count()), 1 / sum);
            clearOutside(seen, padded);
            write(scores, column);
            number[0] = (float) (max + Math.log(sum));
            write(number, block.logSumExp(logSumExp, i));
          }
          gemm.gemm(1, block.keys(form, v), false, weights, false, 0, block.queries(form, o));
          scratch.release(mark);
        });
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
    elements.fill(0, dK);
    elements.fill(0, dV);
    eachBlock(
        form,
        spans,
        block -> {
          Arena.Mark mark = scratch.mark();
          int keys = block.keyCount();
          int padded = reserve(form, keys);
          Matrix weights = scratch.matrix(keys, block.size()); // P
          Matrix dScores = scratch.matrix(keys, block.size()); // dP, then dS
          Matrix queries = block.queries(form, q);
          Matrix gradients = block.queries(form, dO);
          Matrix outputs = block.queries(form, o);
          gemm.gemm(scale, block.keys(form, k), true, queries, false, 0, weights);
          gemm.gemm(1, block.keys(form, v), true, gradients, false, 0, dScores);
          for (int i = 0; i < block.size(); i++) {
            read(weights.columns(i, i + 1), scores);
            read(dScores.columns(i, i + 1), dScoresOfQuery);
            read(outputs.columns(i, i + 1), out);
            read(gradients.columns(i, i + 1), gradient);
            read(block.logSumExp(logSumExp, i), number);
            Seen seen = Seen.of(form, spans, block, i);
            exponentials(seen, number[0]);
            clearOutside(seen, padded);
            float inner = VectorMath.dot(gradient, 0, out, 0, form.width());
            VectorMath.softmaxBackward(scores, dScoresOfQuery, 0, padded, inner, (float) scale);
            write(scores, weights.columns(i, i + 1));
            write(dScoresOfQuery, dScores.columns(i, i + 1));
          }
          gemm.gemm(1, gradients, false, weights, true, 1, block.keys(form, dV));
          gemm.gemm(1, queries, false, dScores, true, 1, block.keys(form, dK));
          gemm.gemm(1, block.keys(form, k), false, dScores, false, 0, block.queries(form, dQ));
          scratch.release(mark);
        });
    scratch.reset();
  }

  private int reserve(CausalAttention form, int keys) {
    int padded = VectorMath.padded(keys);
    if (dScoresOfQuery.length < padded) {
      scores = new float[2 * padded + VectorMath.LANES];
      dScoresOfQuery = new float[2 * padded];
    }
    if (out.length < form.width()) {
      out = new float[form.width()];
      gradient = new float[form.width()];
    }
    return padded;
  }

  /** The keys of a block that one of its queries sees: first … last (exclusive). */
  private record Seen(int first, int last) {
    static Seen of(CausalAttention form, AttentionSpans spans, Block block, int i) {
      int position = spans.positions()[block.from + i];
      return new Seen(form.firstKey(position) - block.first, position + 1 - block.first);
    }

    int count() {
      return last - first;
    }
  }

  /** exp(score − shift) of what a query sees; the sum. */
  private float exponentials(Seen seen, float shift) {
    int padded = VectorMath.padded(seen.count());
    Arrays.fill(scores, seen.last, seen.first + padded, Float.NEGATIVE_INFINITY);
    return VectorMath.expAndSum(scores, seen.first, padded, shift);
  }

  /** Exact zeros elsewhere: the vector exp leaves e⁻⁸⁷, whose products would be slow subnormals. */
  private void clearOutside(Seen seen, int padded) {
    Arrays.fill(scores, 0, seen.first, 0f);
    Arrays.fill(scores, seen.last, padded, 0f);
  }

  private static void read(Matrix column, float[] target) {
    column.storage().read(column.offset(), target, 0, column.rows());
  }

  private static void write(float[] source, Matrix column) {
    column.storage().write(column.offset(), source, 0, column.rows());
  }
}
