package io.github.cola4j.nn;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Attention on the CPU, a (sequence, head) pair at a time: short sequences in one fused loop over
 * heap arrays that stay in the first cache, long ones by BLAS on blocks of queries. Formulas and
 * shapes as in {@link Kernels#attention}.
 */
final class CpuAttention {
  /** From this length on BLAS pays (measured: break-even between 96 and 160 for dh = 32). */
  private static final int LONG = 128;

  /** Queries of a block of scores, [length × this]. */
  private static final int BLOCK = 128;

  private final CpuKernels kernels;
  private final Arena scratch = new Arena(DataType.FLOAT);

  // One head of one short sequence; wp, lp: head width and length padded to whole vectors.
  private float[] query = new float[0]; // [length][wp]
  private float[] key = new float[0]; // [length][wp]
  private float[] value = new float[0]; // [length][wp]
  private float[] gradient = new float[0]; // dO [length][wp]
  private float[] keyRows = new float[0]; // [dh][lp]
  private float[] valueRows = new float[0]; // [dh][lp]
  private float[] scores = new float[0]; // one query's, [lp]
  private float[] slopes = new float[0]; // one query's dP, then dS, [lp]
  private float[] result = new float[0]; // O or dQ [length][wp]
  private float[] dKey = new float[0]; // [length][wp]
  private float[] dValue = new float[0]; // [length][wp]
  private float[] sums = new float[0]; // [length]

  CpuAttention(CpuKernels kernels) {
    this.kernels = kernels;
  }

  void forward(Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSum) {
    for (int s = 0; s < batch.sequences(); s++) {
      int from = batch.starts()[s];
      int to = batch.starts()[s + 1];
      Matrix queries = q.columns(from, to);
      Matrix keys = k.columns(from, to);
      Matrix values = v.columns(from, to);
      Matrix output = o.columns(from, to);
      Matrix sumsOut = logSum.columns(from, to);
      if (to - from >= LONG) {
        forwardLong(queries, keys, values, heads, output, sumsOut);
      } else {
        forwardShort(queries, keys, values, heads, output, sumsOut);
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
      Matrix logSum,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    for (int s = 0; s < batch.sequences(); s++) {
      int from = batch.starts()[s];
      int to = batch.starts()[s + 1];
      Pair pair =
          new Pair(
              q.columns(from, to),
              k.columns(from, to),
              v.columns(from, to),
              o.columns(from, to),
              logSum.columns(from, to),
              dO.columns(from, to),
              dQ.columns(from, to),
              dK.columns(from, to),
              dV.columns(from, to));
      if (to - from >= LONG) {
        backwardLong(pair, heads);
      } else {
        backwardShort(pair, heads);
      }
    }
  }

  /** One sequence's columns of everything the backward reads and writes. */
  private record Pair(
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSum,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {}

  private void forwardShort(Matrix q, Matrix k, Matrix v, int heads, Matrix o, Matrix logSum) {
    int length = q.columns();
    int width = q.rows() / heads;
    int wp = VectorMath.padded(width);
    int lp = VectorMath.padded(length);
    float scale = (float) Math.sqrt(1.0 / width);
    reserve(q.rows(), length, width, wp, lp);
    for (int h = 0; h < heads; h++) {
      load(q, h, width, wp, query);
      load(k, h, width, wp, key);
      load(v, h, width, wp, value);
      transpose(key, length, width, wp, lp, keyRows);
      for (int i = 0; i < length; i++) {
        VectorMath.rowTimes(query, i * wp, keyRows, lp, width, scores, 0);
        VectorMath.scale(scores, 0, lp, scale);
        Arrays.fill(scores, length, lp, Float.NEGATIVE_INFINITY);
        float max = VectorMath.max(scores, 0, length);
        float sum = VectorMath.expAndSum(scores, 0, lp, max);
        sums[i] = (float) (max + Math.log(sum));
        Arrays.fill(result, i * wp, i * wp + wp, 0f);
        for (int j = 0; j < length; j++) {
          VectorMath.axpy(scores[j] / sum, value, j * wp, result, i * wp, wp);
        }
      }
      store(result, h, width, wp, o);
      storeRow(h, logSum);
    }
  }

  private void backwardShort(Pair p, int heads) {
    int length = p.q.columns();
    int width = p.q.rows() / heads;
    int wp = VectorMath.padded(width);
    int lp = VectorMath.padded(length);
    float scale = (float) Math.sqrt(1.0 / width);
    reserve(p.q.rows(), length, width, wp, lp);
    for (int h = 0; h < heads; h++) {
      load(p.o, h, width, wp, result);
      load(p.q, h, width, wp, query);
      load(p.k, h, width, wp, key);
      load(p.v, h, width, wp, value);
      load(p.dO, h, width, wp, gradient);
      loadRow(h, p.logSum);
      transpose(key, length, width, wp, lp, keyRows);
      transpose(value, length, width, wp, lp, valueRows);
      Arrays.fill(dKey, 0, length * wp, 0f);
      Arrays.fill(dValue, 0, length * wp, 0f);
      for (int i = 0; i < length; i++) {
        int row = i * wp;
        VectorMath.rowTimes(query, row, keyRows, lp, width, scores, 0);
        VectorMath.scale(scores, 0, lp, scale);
        Arrays.fill(scores, length, lp, Float.NEGATIVE_INFINITY);
        VectorMath.expAndSum(scores, 0, lp, sums[i]);
        VectorMath.rowTimes(gradient, row, valueRows, lp, width, slopes, 0);
        float inner = VectorMath.dot(gradient, row, result, row, width);
        Arrays.fill(result, row, row + wp, 0f); // from here on dQ
        for (int j = 0; j < length; j++) {
          float weight = scores[j];
          float slope = weight * (slopes[j] - inner) * scale;
          VectorMath.axpy(weight, gradient, row, dValue, j * wp, wp);
          VectorMath.axpy(slope, query, row, dKey, j * wp, wp);
          VectorMath.axpy(slope, key, j * wp, result, row, wp);
        }
      }
      store(result, h, width, wp, p.dQ);
      store(dKey, h, width, wp, p.dK);
      store(dValue, h, width, wp, p.dV);
    }
  }

  private void forwardLong(Matrix q, Matrix k, Matrix v, int heads, Matrix o, Matrix logSum) {
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
        kernels.gemm(scale, keys, true, queries, false, 0, weights);
        for (int i = 0; i < to - from; i++) {
          Matrix scoresOfQuery = weights.columns(i, i + 1);
          read(scoresOfQuery, column);
          Arrays.fill(column, length, VectorMath.padded(length), Float.NEGATIVE_INFINITY);
          float max = VectorMath.max(column, 0, length);
          float total = VectorMath.expAndSum(column, 0, VectorMath.padded(length), max);
          VectorMath.scale(column, 0, VectorMath.padded(length), 1 / total);
          write(column, scoresOfQuery);
          sum[0] = (float) (max + Math.log(total));
          write(sum, logSum.rows(h, h + 1).columns(from + i, from + i + 1));
        }
        Matrix output = o.rows(h * width, (h + 1) * width).columns(from, to);
        kernels.gemm(1, values, false, weights, false, 0, output);
        scratch.release(mark);
      }
    }
    scratch.reset();
  }

  private void backwardLong(Pair p, int heads) {
    int length = p.q.columns();
    int width = p.q.rows() / heads;
    int lp = VectorMath.padded(length);
    double scale = Math.sqrt(1.0 / width);
    float[] column = column(length);
    float[] slope = new float[lp];
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
        Matrix slopesOfBlock = scratch.matrix(length, to - from); // dP, then dS
        Matrix queries = p.q.rows(top, bottom).columns(from, to);
        Matrix gradients = p.dO.rows(top, bottom).columns(from, to);
        kernels.gemm(scale, keys, true, queries, false, 0, weights);
        kernels.gemm(1, values, true, gradients, false, 0, slopesOfBlock);
        for (int i = 0; i < to - from; i++) {
          read(weights.columns(i, i + 1), column);
          read(slopesOfBlock.columns(i, i + 1), slope);
          read(p.logSum.rows(h, h + 1).columns(from + i, from + i + 1), sum);
          read(p.o.rows(top, bottom).columns(from + i, from + i + 1), outputOfQuery);
          read(gradients.columns(i, i + 1), gradientOfQuery);
          float inner = VectorMath.dot(gradientOfQuery, 0, outputOfQuery, 0, width);
          VectorMath.expAndSum(column, 0, lp, sum[0]);
          for (int j = 0; j < length; j++) {
            slope[j] = column[j] * (slope[j] - inner) * (float) scale;
          }
          write(column, weights.columns(i, i + 1));
          write(slope, slopesOfBlock.columns(i, i + 1));
        }
        int beta = from == 0 ? 0 : 1;
        kernels.gemm(1, gradients, false, weights, true, beta, p.dV.rows(top, bottom));
        kernels.gemm(1, queries, false, slopesOfBlock, true, beta, p.dK.rows(top, bottom));
        Matrix dQueries = p.dQ.rows(top, bottom).columns(from, to);
        kernels.gemm(1, keys, false, slopesOfBlock, false, 0, dQueries);
        scratch.release(mark);
      }
    }
    scratch.reset();
  }

  private float[] column(int length) {
    scores = atLeast(scores, VectorMath.padded(length));
    return scores;
  }

  private void reserve(int rows, int length, int width, int wp, int lp) {
    query = atLeast(query, length * wp);
    key = atLeast(key, length * wp);
    value = atLeast(value, length * wp);
    gradient = atLeast(gradient, length * wp);
    result = atLeast(result, length * wp);
    dKey = atLeast(dKey, length * wp);
    dValue = atLeast(dValue, length * wp);
    keyRows = atLeast(keyRows, width * lp);
    valueRows = atLeast(valueRows, width * lp);
    scores = atLeast(scores, lp);
    slopes = atLeast(slopes, lp);
    sums = atLeast(sums, length);
  }

  private static float[] atLeast(float[] array, int length) {
    return array.length >= length ? array : new float[Math.max(length, array.length * 3 / 2)];
  }

  /** One head's rows of a sequence's columns, each column padded with zeros to {@code wp}. */
  private static void load(Matrix m, int head, int width, int wp, float[] target) {
    for (int t = 0; t < m.columns(); t++) {
      long at = m.offset() + (long) t * m.stride() + (long) head * width;
      m.storage().read(at, target, t * wp, width);
      Arrays.fill(target, t * wp + width, t * wp + wp, 0f);
    }
  }

  private static void store(float[] source, int head, int width, int wp, Matrix m) {
    for (int t = 0; t < m.columns(); t++) {
      long at = m.offset() + (long) t * m.stride() + (long) head * width;
      m.storage().write(at, source, t * wp, width);
    }
  }

  private void loadRow(int row, Matrix m) {
    for (int t = 0; t < m.columns(); t++) {
      m.storage().read(m.offset() + (long) t * m.stride() + row, sums, t, 1);
    }
  }

  private void storeRow(int row, Matrix m) {
    for (int t = 0; t < m.columns(); t++) {
      m.storage().write(m.offset() + (long) t * m.stride() + row, sums, t, 1);
    }
  }

  private static void read(Matrix column, float[] target) {
    column.storage().read(column.offset(), target, 0, column.rows());
  }

  private static void write(float[] source, Matrix column) {
    column.storage().write(column.offset(), source, 0, column.rows());
  }

  /** columns [length][wp] → rows [width][lp], padded with zeros. */
  private static void transpose(
      float[] columns, int length, int width, int wp, int lp, float[] rows) {
    for (int c = 0; c < width; c++) {
      for (int t = 0; t < length; t++) {
        rows[c * lp + t] = columns[t * wp + c];
      }
      Arrays.fill(rows, c * lp + length, c * lp + lp, 0f);
    }
  }
}
