package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;

/**
 * Attention of one short sequence at a time, head by head, on heap arrays that stay in the first
 * two caches. Formulas and shapes as in {@link AttentionKernels#attention}.
 *
 * <p>Arrays of a whole sequence are [np][heads · wp], a token after the other as in its matrix: the
 * head's width padded to vectors, the tokens to whole blocks of {@link VectorMath#product}. Padded
 * rows have undefined elements and reach padded rows only, as inner sizes are never padded.
 */
final class CpuShortAttention {
  private float[] query = new float[0]; // [np][heads · wp]
  private float[] key = new float[0]; // [np][heads · wp]
  private float[] value = new float[0]; // [np][heads · wp]
  private float[] output = new float[0]; // O [np][heads · wp]
  private float[] gradient = new float[0]; // dO [np][heads · wp]
  private float[] dQuery = new float[0]; // [np][heads · wp]
  private float[] dKey = new float[0]; // [np][heads · wp]
  private float[] dValue = new float[0]; // [np][heads · wp]
  private float[] sums = new float[0]; // logSumExp [length][heads]
  private float[] column = new float[0]; // a token's [heads · width]
  private float[] rows = new float[0]; // one head's keys or values, [width][lp]
  private float[] mask = new float[0]; // 0 for a key, −∞ for none, [lp]
  private float[] weights = new float[0]; // one head's scores, then P, [query np][key lp]
  private float[] dScores = new float[0]; // one head's dP, then dS, [query np][key lp]

  private int heads;
  private int width; // dh
  private int length; // n
  private int wp; // width in whole vectors
  private int lp; // length in whole vectors, and no less than np
  private int np; // length in whole blocks of rows
  private int step; // from a token to the next: heads · wp

  void forward(Matrix q, Matrix k, Matrix v, int headCount, Matrix o, Matrix logSumExp) {
    shape(q, headCount);
    query = load(q, query);
    key = load(k, key);
    value = load(v, value);
    output = VectorMath.atLeast(output, np * step);
    float scale = (float) Math.sqrt(1.0 / width);
    for (int h = 0; h < heads; h++) {
      int head = h * wp;
      scores(head);
      for (int i = 0; i < length; i++) {
        int row = i * lp;
        float max = VectorMath.maskAndMax(weights, row, mask, lp, scale);
        float sum = VectorMath.expAndSum(weights, row, lp, max);
        VectorMath.scale(weights, row, lp, 1 / sum);
        sums[i * heads + h] = (float) (max + Math.log(sum));
      }
      VectorMath.product(weights, 0, lp, 1, value, head, step, output, head, step, np, length, wp);
    }
    store(output, o);
    for (int t = 0; t < length; t++) {
      logSumExp.storage().write(Columns.at(logSumExp, t), sums, t * heads, heads);
    }
  }

  void backward(CpuAttention.Sequence s, int headCount) {
    shape(s.q(), headCount);
    query = load(s.q(), query);
    key = load(s.k(), key);
    value = load(s.v(), value);
    output = load(s.o(), output);
    gradient = load(s.dO(), gradient);
    dQuery = VectorMath.atLeast(dQuery, np * step);
    dKey = VectorMath.atLeast(dKey, np * step);
    dValue = VectorMath.atLeast(dValue, np * step);
    dScores = VectorMath.atLeast(dScores, np * lp);
    for (int t = 0; t < length; t++) {
      s.logSumExp().storage().read(Columns.at(s.logSumExp(), t), sums, t * heads, heads);
    }
    float scale = (float) Math.sqrt(1.0 / width);
    for (int h = 0; h < heads; h++) {
      int head = h * wp;
      scores(head);
      transpose(value, head);
      VectorMath.product(gradient, head, step, 1, rows, 0, lp, dScores, 0, lp, np, width, lp);
      for (int i = 0; i < length; i++) {
        int row = i * lp;
        int token = head + i * step;
        float inner = VectorMath.dot(gradient, token, output, token, width);
        VectorMath.maskAndMax(weights, row, mask, lp, scale);
        VectorMath.expAndSum(weights, row, lp, sums[i * heads + h]);
        VectorMath.softmaxBackward(weights, dScores, row, lp, inner, scale);
      }
      VectorMath.product(
          weights, 0, 1, lp, gradient, head, step, dValue, head, step, np, length, wp);
      VectorMath.product(dScores, 0, 1, lp, query, head, step, dKey, head, step, np, length, wp);
      VectorMath.product(dScores, 0, lp, 1, key, head, step, dQuery, head, step, np, length, wp);
    }
    store(dQuery, s.dQ());
    store(dKey, s.dK());
    store(dValue, s.dV());
  }

  /** Weights ← QᵀK of one head, not scaled; 0 where there is no key. */
  private void scores(int head) {
    transpose(key, head);
    VectorMath.product(query, head, step, 1, rows, 0, lp, weights, 0, lp, np, width, lp);
  }

  private void shape(Matrix q, int headCount) {
    heads = headCount;
    width = q.rows() / heads;
    length = q.columns();
    wp = VectorMath.padded(width);
    np = (length + VectorMath.ROWS - 1) / VectorMath.ROWS * VectorMath.ROWS;
    lp = VectorMath.padded(np);
    step = heads * wp;
    column = VectorMath.atLeast(column, q.rows());
    sums = VectorMath.atLeast(sums, length * heads);
    rows = VectorMath.atLeast(rows, width * lp);
    weights = VectorMath.atLeast(weights, np * lp);
    mask = VectorMath.atLeast(mask, lp);
    Arrays.fill(mask, 0, length, 0f);
    Arrays.fill(mask, length, lp, Float.NEGATIVE_INFINITY);
    if (lp > length) {
      Arrays.fill(rows, 0, width * lp, 0f);
    }
  }

  /** A sequence's columns, in one piece where heads need no padding. */
  private float[] load(Matrix m, float[] array) {
    float[] target = VectorMath.atLeast(array, np * step);
    if (wp == width && m.isContiguous()) {
      m.storage().read(m.offset(), target, 0, length * step);
      return target;
    }
    for (int t = 0; t < length; t++) {
      if (wp == width) {
        m.storage().read(Columns.at(m, t), target, t * step, step);
        continue;
      }
      Columns.read(m, t, column);
      for (int h = 0; h < heads; h++) {
        System.arraycopy(column, h * width, target, t * step + h * wp, width);
      }
    }
    return target;
  }

  private void store(float[] source, Matrix m) {
    if (wp == width && m.isContiguous()) {
      m.storage().write(m.offset(), source, 0, length * step);
      return;
    }
    for (int t = 0; t < length; t++) {
      if (wp == width) {
        m.storage().write(Columns.at(m, t), source, t * step, step);
        continue;
      }
      for (int h = 0; h < heads; h++) {
        System.arraycopy(source, t * step + h * wp, column, h * width, width);
      }
      Columns.write(column, m, t);
    }
  }

  /** Rows [width][lp] ← one head's columns; where there is no token they stay zeros. */
  private void transpose(float[] columns, int head) {
    for (int t = 0; t < length; t++) {
      int from = head + t * step;
      for (int c = 0, to = t; c < width; c++, to += lp) {
        rows[to] = columns[from + c];
      }
    }
  }
}
