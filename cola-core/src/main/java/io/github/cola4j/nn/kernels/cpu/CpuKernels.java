package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.TokenBatch;
import io.github.cola4j.nn.kernels.nd4j.Nd4jStorage;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The CPU's kernels, float32: BLAS called directly on ND4J's memory (2 µs a call, not 50), and the
 * Vector API on tiles that are copied to the heap and back, which costs little (they stay in the
 * first cache) and works alike on every JDK from 17 on.
 */
public final class CpuKernels implements Kernels {
  /** Elements of a tile: three of them fit the first cache. */
  private static final int TILE = 2048;

  private final float[] tile = new float[TILE];
  private final float[] second = new float[TILE];
  private float[] gains = new float[0];
  private float[] shifts = new float[0];
  private float[] wide = new float[0];
  private float[] wideSecond = new float[0];
  private final float[] pair = new float[2];
  private final CpuAttention attention = new CpuAttention(this);
  private final CpuCausalAttention causal = new CpuCausalAttention(this);
  private final CpuDecoder decoder = new CpuDecoder();
  private final CpuScaling scaling = new CpuScaling();

  @Override
  public void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c) {
    int inner = transposeA ? a.rows() : a.columns();
    int m = transposeA ? a.columns() : a.rows();
    int n = transposeB ? b.rows() : b.columns();
    int innerB = transposeB ? b.columns() : b.rows();
    if (inner != innerB || m != c.rows() || n != c.columns()) {
      throw new IllegalArgumentException(
          "shapes do not fit: "
              + a
              + (transposeA ? "ᵀ" : "")
              + " · "
              + b
              + (transposeB ? "ᵀ" : "")
              + " → "
              + c);
    }
    openblas_nolapack.cblas_sgemm(
        openblas_nolapack.CblasColMajor,
        transposeA ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
        transposeB ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
        m,
        n,
        inner,
        (float) alpha,
        floats(a),
        a.stride(),
        floats(b),
        b.stride(),
        (float) beta,
        floats(c),
        c.stride());
  }

  @Override
  public void broadcast(Matrix b, Matrix y) {
    wide = column(b, wide);
    for (int t = 0; t < y.columns(); t++) {
      y.storage().write(at(y, t), wide, 0, y.rows());
    }
  }

  @Override
  public void add(double alpha, Matrix x, Matrix y) {
    float factor = (float) alpha;
    eachTile(
        x,
        y,
        (a, b, n) -> {
          for (int i = 0; i < n; i++) {
            b[i] += factor * a[i];
          }
        });
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    eachTile(x, y, (a, b, n) -> System.arraycopy(a, 0, b, 0, n));
  }

  @Override
  public void fill(double value, Matrix x) {
    Arrays.fill(tile, (float) value);
    for (Runs runs = new Runs(x); runs.next(); ) {
      x.storage().write(x.offset() + runs.offset, tile, 0, runs.length);
    }
  }

  @Override
  public void multiply(Matrix x, Matrix m, Matrix y) {
    for (Runs runs = new Runs(x, m, y); runs.next(); ) {
      x.storage().read(x.offset() + runs.offset, tile, 0, runs.length);
      m.storage().read(m.offset() + runs.offset, second, 0, runs.length);
      for (int i = 0; i < runs.length; i++) {
        tile[i] *= second[i];
      }
      y.storage().write(y.offset() + runs.offset, tile, 0, runs.length);
    }
  }

  @Override
  public void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    scaling.scaleRows(scale, x, beta, y);
  }

  @Override
  public void rowDots(Matrix x, Matrix y, Matrix out) {
    scaling.rowDots(x, y, out);
  }

  @Override
  public void inverseRoots(Matrix x, Matrix y) {
    scaling.inverseRoots(x, y);
  }

  @Override
  public void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    scaling.scaleColumns(scale, x, beta, y);
  }

  @Override
  public void columnDots(Matrix x, Matrix y, Matrix out) {
    scaling.columnDots(x, y, out);
  }

  @Override
  public void softmax(Matrix x, Matrix y) {
    scaling.softmax(x, y);
  }

  @Override
  public void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    scaling.softmaxBackward(y, dY, dX);
  }

  @Override
  public void gather(Matrix table, int[] index, boolean accumulate, Matrix y) {
    int rows = y.rows();
    wide = VectorMath.atLeast(wide, rows);
    wideSecond = VectorMath.atLeast(wideSecond, rows);
    for (int t = 0; t < index.length; t++) {
      table.storage().read(at(table, index[t]), wide, 0, rows);
      if (accumulate) {
        y.storage().read(at(y, t), wideSecond, 0, rows);
        for (int i = 0; i < rows; i++) {
          wide[i] += wideSecond[i];
        }
      }
      y.storage().write(at(y, t), wide, 0, rows);
    }
  }

  @Override
  public void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats) {
    int rows = x.rows();
    gains = column(gain, gains);
    shifts = column(shift, shifts);
    wide = VectorMath.atLeast(wide, rows);
    for (int t = 0; t < x.columns(); t++) {
      x.storage().read(at(x, t), wide, 0, rows);
      float mean = VectorMath.sum(wide, 0, rows) / rows;
      float variance = VectorMath.sumOfSquares(wide, 0, rows, mean) / rows;
      float rstd = (float) (1 / Math.sqrt(variance + eps));
      for (int i = 0; i < rows; i++) {
        wide[i] = (wide[i] - mean) * rstd * gains[i] + shifts[i];
      }
      y.storage().write(at(y, t), wide, 0, rows);
      pair[0] = mean;
      pair[1] = rstd;
      stats.storage().write(at(stats, t), pair, 0, 2);
    }
  }

  @Override
  public void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX) {
    int rows = x.rows();
    gains = column(gain, gains);
    wide = VectorMath.atLeast(wide, rows);
    wideSecond = VectorMath.atLeast(wideSecond, rows);
    for (int t = 0; t < x.columns(); t++) {
      x.storage().read(at(x, t), wide, 0, rows);
      dY.storage().read(at(dY, t), wideSecond, 0, rows);
      stats.storage().read(at(stats, t), pair, 0, 2);
      float mean = pair[0];
      float rstd = pair[1];
      for (int i = 0; i < rows; i++) {
        wide[i] = (wide[i] - mean) * rstd;
        wideSecond[i] *= gains[i];
      }
      float average = VectorMath.sum(wideSecond, 0, rows) / rows;
      float projection = VectorMath.dot(wide, 0, wideSecond, 0, rows) / rows;
      for (int i = 0; i < rows; i++) {
        wide[i] = rstd * (wideSecond[i] - average - wide[i] * projection);
      }
      dX.storage().write(at(dX, t), wide, 0, rows);
    }
  }

  @Override
  public void gelu(Matrix x, Matrix y) {
    for (Runs runs = new Runs(x, y); runs.next(); ) {
      x.storage().read(x.offset() + runs.offset, tile, 0, runs.length);
      VectorMath.gelu(tile, runs.length);
      y.storage().write(y.offset() + runs.offset, tile, 0, runs.length);
    }
  }

  @Override
  public void geluBackward(Matrix x, Matrix dY, Matrix dX) {
    for (Runs runs = new Runs(x, dY, dX); runs.next(); ) {
      x.storage().read(x.offset() + runs.offset, tile, 0, runs.length);
      dY.storage().read(dY.offset() + runs.offset, second, 0, runs.length);
      VectorMath.geluBackward(tile, second, runs.length);
      dX.storage().write(dX.offset() + runs.offset, second, 0, runs.length);
    }
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSum) {
    attention.forward(q, k, v, heads, batch, o, logSum);
  }

  @Override
  public void attentionBackward(
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
    attention.backward(q, k, v, heads, batch, o, logSum, dO, dQ, dK, dV);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    decoder.rmsNorm(x, gain, eps, y, scale);
  }

  @Override
  public void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    decoder.rmsNormBackward(x, gain, scale, dY, dX);
  }

  @Override
  public void rotate(Matrix x, Matrix angles, boolean back) {
    decoder.rotate(x, angles, back);
  }

  @Override
  public void swiGlu(Matrix gate, Matrix up, Matrix y) {
    decoder.swiGlu(gate, up, y);
  }

  @Override
  public void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    decoder.swiGluBackward(gate, up, dY, dGate, dUp);
  }

  @Override
  public void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSum) {
    causal.forward(form, spans, q, k, v, o, logSum);
  }

  @Override
  public void causalAttentionBackward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSum,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    causal.backward(form, spans, q, k, v, o, logSum, dO, dQ, dK, dV);
  }

  @Override
  public void scatterAdd(Matrix x, int[] index, Matrix y) {
    decoder.scatterAdd(x, index, y);
  }

  @Override
  public void meanPool(Matrix x, TokenBatch batch, Matrix y) {
    int rows = x.rows();
    wide = VectorMath.atLeast(wide, rows);
    wideSecond = VectorMath.atLeast(wideSecond, rows);
    for (int s = 0; s < batch.sequences(); s++) {
      Arrays.fill(wideSecond, 0, rows, 0f);
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        x.storage().read(at(x, t), wide, 0, rows);
        for (int i = 0; i < rows; i++) {
          wideSecond[i] += wide[i];
        }
      }
      float share = 1f / batch.length(s);
      for (int i = 0; i < rows; i++) {
        wideSecond[i] *= share;
      }
      y.storage().write(at(y, s), wideSecond, 0, rows);
    }
  }

  @Override
  public void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX) {
    int rows = dX.rows();
    wide = VectorMath.atLeast(wide, rows);
    for (int s = 0; s < batch.sequences(); s++) {
      dY.storage().read(at(dY, s), wide, 0, rows);
      float share = 1f / batch.length(s);
      for (int i = 0; i < rows; i++) {
        wide[i] *= share;
      }
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        dX.storage().write(at(dX, t), wide, 0, rows);
      }
    }
  }

  @Override
  public double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits) {
    int classes = logits.rows();
    int padded = VectorMath.padded(classes);
    wide = VectorMath.atLeast(wide, padded);
    double loss = 0;
    for (int t = 0; t < labels.length; t++) {
      logits.storage().read(at(logits, t), wide, 0, classes);
      Arrays.fill(wide, classes, padded, Float.NEGATIVE_INFINITY);
      float max = VectorMath.max(wide, 0, classes);
      float score = wide[labels[t]];
      float sum = VectorMath.expAndSum(wide, 0, padded, max);
      loss += max + Math.log(sum) - score;
      VectorMath.scale(wide, 0, padded, (float) (scale / sum));
      wide[labels[t]] -= (float) scale;
      dLogits.storage().write(at(dLogits, t), wide, 0, classes);
    }
    return loss;
  }

  @Override
  public double sumOfSquares(Matrix x) {
    double sum = 0;
    for (Runs runs = new Runs(x); runs.next(); ) {
      x.storage().read(x.offset() + runs.offset, tile, 0, runs.length);
      sum += VectorMath.sumOfSquares(tile, 0, runs.length, 0f);
    }
    return sum;
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, AdamWStep step) {
    wide = VectorMath.atLeast(wide, TILE);
    wideSecond = VectorMath.atLeast(wideSecond, TILE);
    float keep = (float) (1 - step.rate() * step.decay());
    float beta1 = (float) step.beta1();
    float beta2 = (float) step.beta2();
    float rate = (float) (step.rate() / (1 - Math.pow(step.beta1(), step.step())));
    float root = (float) (1 / Math.sqrt(1 - Math.pow(step.beta2(), step.step())));
    float eps = (float) step.eps();
    float factor = (float) step.gradientScale();
    for (Runs runs = new Runs(theta, m, v, gradient); runs.next(); ) {
      int n = runs.length;
      theta.storage().read(theta.offset() + runs.offset, tile, 0, n);
      gradient.storage().read(gradient.offset() + runs.offset, second, 0, n);
      m.storage().read(m.offset() + runs.offset, wide, 0, n);
      v.storage().read(v.offset() + runs.offset, wideSecond, 0, n);
      for (int i = 0; i < n; i++) {
        float g = factor * second[i];
        wide[i] = beta1 * wide[i] + (1 - beta1) * g;
        wideSecond[i] = beta2 * wideSecond[i] + (1 - beta2) * g * g;
        tile[i] = keep * tile[i] - rate * wide[i] / ((float) Math.sqrt(wideSecond[i]) * root + eps);
      }
      theta.storage().write(theta.offset() + runs.offset, tile, 0, n);
      m.storage().write(m.offset() + runs.offset, wide, 0, n);
      v.storage().write(v.offset() + runs.offset, wideSecond, 0, n);
    }
  }

  private interface TileOperation {
    /** Reads {@code n} elements of both, leaves the result in the second. */
    void apply(float[] x, float[] y, int n);
  }

  private void eachTile(Matrix x, Matrix y, TileOperation operation) {
    if (x.rows() != y.rows() || x.columns() != y.columns()) {
      throw new IllegalArgumentException("shapes differ: " + x + " and " + y);
    }
    if (!x.isContiguous() || !y.isContiguous()) {
      for (int t = 0; t < x.columns(); t++) {
        if (x.columns() > 1) {
          eachTile(x.columns(t, t + 1), y.columns(t, t + 1), operation);
        }
      }
      return;
    }
    for (Runs runs = new Runs(x, y); runs.next(); ) {
      x.storage().read(x.offset() + runs.offset, tile, 0, runs.length);
      y.storage().read(y.offset() + runs.offset, second, 0, runs.length);
      operation.apply(tile, second, runs.length);
      y.storage().write(y.offset() + runs.offset, second, 0, runs.length);
    }
  }

  /** Walks contiguous matrices of one length tile by tile. */
  private static final class Runs {
    private final long total;
    long offset;
    int length;

    Runs(Matrix... matrices) {
      total = matrices[0].length();
      for (Matrix m : matrices) {
        if (!m.isContiguous() || m.length() != total) {
          throw new IllegalArgumentException(
              "expected contiguous matrices of " + total + " elements, got " + m);
        }
      }
    }

    boolean next() {
      offset += length;
      length = (int) Math.min(TILE, total - offset);
      return length > 0;
    }
  }

  private static FloatPointer floats(Matrix m) {
    return ((Nd4jStorage) m.storage()).floats(m.offset());
  }

  private static long at(Matrix m, int column) {
    return m.offset() + (long) column * m.stride();
  }

  private static float[] column(Matrix m, float[] target) {
    float[] elements = VectorMath.atLeast(target, m.rows());
    m.storage().read(m.offset(), elements, 0, m.rows());
    return elements;
  }
}
