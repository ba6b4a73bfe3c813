package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Arena;
import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Attention on the CPU, a sequence at a time: short ones by {@link CpuShortAttention}, long ones
 * head by head by BLAS on blocks of queries. Formulas and shapes as in {@link
 * AttentionKernels#attention}.
 */
final class CpuAttention {
  /** From this length on BLAS pays (measured: break-even between 96 and 160 for dh = 32). */
  private static final int LONG = 128;

  /** Queries of a block of scores, [length × this]. */
  private static final int BLOCK = 128;

  private final GemmKernels gemm;
  private final Arena scratch = new Arena(DataType.FLOAT);

  private final CpuShortAttention shorter = new CpuShortAttention();
  private float[] scores = new float[0]; // one query's

  CpuAttention(GemmKernels gemm) {
    this.gemm = gemm;
  }

  void forward(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSumExp) {
    for (int s = 0; s < batch.sequences(); s++) {
      int from = batch.starts()[s];
      int to = batch.starts()[s + 1];
      Matrix queries = q.columns(from, to);
      Matrix keys = k.columns(from, to);
      Matrix values = v.columns(from, to);
      Matrix output = o.columns(from, to);
      Matrix sumsOut = logSumExp.columns(from, to);
      if (to - from >= LONG) {
        forwardLong(queries, keys, values, heads, output, sumsOut);
      } else {
        shorter.forward(queries, keys, values, heads, output, sumsOut);
      }
    }
  }

  void backward(
      Matrix q,
      Matrix k,
      Matrix v,
      int heads,
      TokenBatch batch,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    for (int s = 0; s < batch.sequences(); s++) {
      int from = batch.starts()[s];
      int to = batch.starts()[s + 1];
      Sequence sequence =
          new Sequence(
              q.columns(from, to),
              k.columns(from, to),
              v.columns(from, to),
              o.columns(from, to),
              logSumExp.columns(from, to),
              dO.columns(from, to),
              dQ.columns(from, to),
              dK.columns(from, to),
              dV.columns(from, to));
      if (to - from >= LONG) {
        backwardLong(sequence, heads);
      } else {
        shorter.backward(sequence, heads);
      }
    }
  }

  /** One sequence's columns of everything the backward reads and writes. */
  record Sequence(
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {}

  private void forwardLong(Matrix q, Matrix k, Matrix v, int heads, Matrix o, Matrix logSumExp) {
    int length = q.columns();
    int width = q.rows() / heads;
    double scale = Math.sqrt(1.0 / width);
    float[] column = column(length);
    float[] sum = new float[1];
    for (int h = 0; h < heads; h++) {
      Matrix keys = k.rows(h * width, (h + 1) * width);
      Matrix values = v.rows(h * width, (h + 1) * width);
      for (int from = 0; from < length; from += BLOCK) {
        int to = Math.min(length, from + BLOCK);
        Arena.Mark mark = scratch.mark();
        Matrix weights = scratch.matrix(length, to - from); // [key × query]
        Matrix queries = q.rows(h * width, (h + 1) * width).columns(from, to);
        gemm.gemm(scale, keys, true, queries, false, 0, weights);
        for (int i = 0; i < to - from; i++) {
          Matrix scoresOfQuery = weights.columns(i, i + 1);
          read(scoresOfQuery, column);
          Arrays.fill(column, length, VectorMath.padded(length), Float.NEGATIVE_INFINITY);
          float max = VectorMath.max(column, 0, length);
          float total = VectorMath.expAndSum(column, 0, VectorMath.padded(length), max);
          VectorMath.scale(column, 0, VectorMath.padded(length), 1 / total);
          write(column, scoresOfQuery);
          sum[0] = (float) (max + Math.log(total));
          write(sum, logSumExp.rows(h, h + 1).columns(from + i, from + i + 1));
        }
        Matrix output = o.rows(h * width, (h + 1) * width).columns(from, to);
        gemm.gemm(1, values, false, weights, false, 0, output);
        scratch.release(mark);
      }
    }
    scratch.reset();
  }

  private void backwardLong(Sequence p, int heads) {
    int length = p.q.columns();
    int width = p.q.rows() / heads;
    int lp = VectorMath.padded(length);
    double scale = Math.sqrt(1.0 / width);
    float[] column = column(length);
    float[] dScore = new float[lp];
    float[] outputOfQuery = new float[width];
    float[] gradientOfQuery = new float[width];
    float[] sum = new float[1];
    for (int h = 0; h < heads; h++) {
      int top = h * width;
      int bottom = top + width;
      Matrix keys = p.k.rows(top, bottom);
      Matrix values = p.v.rows(top, bottom);
      for (int from = 0; from < length; from += BLOCK) {
        int to = Math.min(length, from + BLOCK);
        Arena.Mark mark = scratch.mark();
        Matrix weights = scratch.matrix(length, to - from); // P, [key × query]
        Matrix dScoresOfBlock = scratch.matrix(length, to - from); // dP, then dS
        Matrix queries = p.q.rows(top, bottom).columns(from, to);
        Matrix gradients = p.dO.rows(top, bottom).columns(from, to);
        gemm.gemm(scale, keys, true, queries, false, 0, weights);
        gemm.gemm(1, values, true, gradients, false, 0, dScoresOfBlock);
        for (int i = 0; i < to - from; i++) {
          read(weights.columns(i, i + 1), column);
          read(dScoresOfBlock.columns(i, i + 1), dScore);
          read(p.logSumExp.rows(h, h + 1).columns(from + i, from + i + 1), sum);
          read(p.o.rows(top, bottom).columns(from + i, from + i + 1), outputOfQuery);
          read(gradients.columns(i, i + 1), gradientOfQuery);
          float inner = VectorMath.dot(gradientOfQuery, 0, outputOfQuery, 0, width);
          VectorMath.expAndSum(column, 0, lp, sum[0]);
          for (int j = 0; j < length; j++) {
            dScore[j] = column[j] * (dScore[j] - inner) * (float) scale;
          }
          write(column, weights.columns(i, i + 1));
          write(dScore, dScoresOfBlock.columns(i, i + 1));
        }
        int beta = from == 0 ? 0 : 1;
        gemm.gemm(1, gradients, false, weights, true, beta, p.dV.rows(top, bottom));
        gemm.gemm(1, queries, false, dScoresOfBlock, true, beta, p.dK.rows(top, bottom));
        Matrix dQueries = p.dQ.rows(top, bottom).columns(from, to);
        gemm.gemm(1, keys, false, dScoresOfBlock, false, 0, dQueries);
        scratch.release(mark);
      }
    }
    scratch.reset();
  }

  private float[] column(int length) {
    int needed = VectorMath.padded(length);
    scores = scores.length >= needed ? scores : new float[needed];
    return scores;
  }

  private static void read(Matrix column, float[] target) {
    column.storage().read(column.offset(), target, 0, column.rows());
  }

  private static void write(float[] source, Matrix column) {
    column.storage().write(column.offset(), source, 0, column.rows());
  }
}
