package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;

/**
 * Attention of one short sequence at a time, head by head, on heap arrays that stay in the first
 * two caches. Formulas and shapes as in {@link AttentionKernels#attention}.
 *
 * <p>Arrays of a whole sequence are [heads][np][wp]: the head's width padded to vectors, its tokens
 * to whole blocks of {@link VectorMath#product}. Padded rows have undefined elements and reach
 * padded rows only, as inner sizes are never padded.
 */
final class CpuShortAttention {
  private float[] query = new float[0]; // [heads][np][wp]
  private float[] key = new float[0]; // [heads][np][wp]
  private float[] value = new float[0]; // [heads][np][wp]
  private float[] output = new float[0]; // O [heads][np][wp]
  private float[] gradient = new float[0]; // dO [heads][np][wp]
  private float[] dQuery = new float[0]; // [heads][np][wp]
  private float[] dKey = new float[0]; // [heads][np][wp]
  private float[] dValue = new float[0]; // [heads][np][wp]
  private float[] sums = new float[0]; // logSumExp [length][heads]
  private float[] column = new float[0]; // a token's [heads · width]
  private float[] rows = new float[0]; // one head's keys or values, [width][lp]
  private float[] weights = new float[0]; // one head's P, [query np][key lp]
  private float[] dScores = new float[0]; // one head's dP, then dS, [query np][key lp]

  private int heads;
  private int width; // dh
  private int length; // n
  private int wp; // width in whole vectors
  private int lp; // length in whole vectors, and no less than np
  private int np; // length in whole blocks of rows

  void forward(Matrix q, Matrix k, Matrix v, int headCount, Matrix o, Matrix logSumExp) {
    shape(q, headCount);
    query = load(q, query);
    key = load(k, key);
    value = load(v, value);
    output = VectorMath.atLeast(output, heads * np * wp);
    sums = VectorMath.atLeast(sums, length * heads);
    for (int h = 0; h < heads; h++) {
      int head = h * np * wp;
      scores(head);
      for (int i = 0; i < length; i++) {
        int row = i * lp;
        float max = VectorMath.max(weights, row, length);
        float sum = VectorMath.expAndSum(weights, row, lp, max);
        VectorMath.scale(weights, row, lp, 1 / sum);
        sums[i * heads + h] = (float) (max + Math.log(sum));
      }
      VectorMath.product(weights, 0, lp, 1, value, head, wp, output, head, wp, np, length, wp);
    }
    store(output, o);
    for (int t = 0; t < length; t++) {
      logSumExp.storage().write(at(logSumExp, t), sums, t * heads, heads);
    }
  }

  void backward(CpuAttention.Sequence s, int headCount) {
    shape(s.q(), headCount);
    query = load(s.q(), query);
    key = load(s.k(), key);
    value = load(s.v(), value);
    output = load(s.o(), output);
    gradient = load(s.dO(), gradient);
    dQuery = VectorMath.atLeast(dQuery, heads * np * wp);
    dKey = VectorMath.atLeast(dKey, heads * np * wp);
    dValue = VectorMath.atLeast(dValue, heads * np * wp);
    sums = VectorMath.atLeast(sums, length * heads);
    dScores = VectorMath.atLeast(dScores, np * lp);
    for (int t = 0; t < length; t++) {
      s.logSumExp().storage().read(at(s.logSumExp(), t), sums, t * heads, heads);
    }
    float scale = (float) Math.sqrt(1.0 / width);
    for (int h = 0; h < heads; h++) {
      int head = h * np * wp;
      scores(head);
      transpose(value, head);
      VectorMath.product(gradient, head, wp, 1, rows, 0, lp, dScores, 0, lp, np, width, lp);
      for (int i = 0; i < length; i++) {
        int row = i * lp;
        float inner = VectorMath.dot(gradient, head + i * wp, output, head + i * wp, width);
        VectorMath.expAndSum(weights, row, lp, sums[i * heads + h]);
        VectorMath.softmaxBackward(weights, dScores, row, lp, inner, scale);
      }
      VectorMath.product(weights, 0, 1, lp, gradient, head, wp, dValue, head, wp, np, length, wp);
      VectorMath.product(dScores, 0, 1, lp, query, head, wp, dKey, head, wp, np, length, wp);
      VectorMath.product(dScores, 0, lp, 1, key, head, wp, dQuery, head, wp, np, length, wp);
    }
    store(dQuery, s.dQ());
    store(dKey, s.dK());
    store(dValue, s.dV());
  }

  /** Weights ← s QᵀK of one head, −∞ where there is no key. */
  private void scores(int head) {
    transpose(key, head);
    weights = VectorMath.atLeast(weights, np * lp);
    VectorMath.product(query, head, wp, 1, rows, 0, lp, weights, 0, lp, np, width, lp);
    float scale = (float) Math.sqrt(1.0 / width);
    VectorMath.scale(weights, 0, np * lp, scale);
    for (int i = 0; i < length; i++) {
      Arrays.fill(weights, i * lp + length, i * lp + lp, Float.NEGATIVE_INFINITY);
    }
  }

  private void shape(Matrix q, int headCount) {
    heads = headCount;
    width = q.rows() / heads;
    length = q.columns();
    wp = VectorMath.padded(width);
    np = (length + VectorMath.ROWS - 1) / VectorMath.ROWS * VectorMath.ROWS;
    lp = VectorMath.padded(np);
    column = VectorMath.atLeast(column, q.rows());
  }

  /** A sequence's columns, head by head. */
  private float[] load(Matrix m, float[] array) {
    float[] target = VectorMath.atLeast(array, heads * np * wp);
    for (int t = 0; t < length; t++) {
      m.storage().read(at(m, t), column, 0, m.rows());
      for (int h = 0; h < heads; h++) {
        System.arraycopy(column, h * width, target, (h * np + t) * wp, width);
      }
    }
    return target;
  }

  private void store(float[] source, Matrix m) {
    for (int t = 0; t < length; t++) {
      for (int h = 0; h < heads; h++) {
        System.arraycopy(source, (h * np + t) * wp, column, h * width, width);
      }
      m.storage().write(at(m, t), column, 0, m.rows());
    }
  }

  /** Rows [width][lp] ← one head's columns [np][wp]; zeros where there is no token. */
  private void transpose(float[] columns, int head) {
    rows = VectorMath.atLeast(rows, width * lp);
    for (int c = 0; c < width; c++) {
      for (int t = 0; t < length; t++) {
        rows[c * lp + t] = columns[head + t * wp + c];
      }
      Arrays.fill(rows, c * lp + length, c * lp + lp, 0f);
    }
  }

  private static long at(Matrix m, int column) {
    return m.offset() + (long) column * m.stride();
  }
}
