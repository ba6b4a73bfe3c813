package io.github.cola4j.nn.kernels;

import io.github.cola4j.nn.ActivationKernels;
import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.ElementwiseKernels;
import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.NormKernels;
import io.github.cola4j.nn.OptimizerKernels;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Kernels put together from those of each operation: what a provider's class of kernels extends.
 */
public class ForwardingKernels implements Kernels {
  private final GemmKernels gemm;
  private final ElementwiseKernels elementwise;
  private final NormKernels norm;
  private final ActivationKernels activation;
  private final AttentionKernels attention;
  private final OptimizerKernels optimizer;

  /** Takes each operation from one of these. */
  protected ForwardingKernels(
      GemmKernels gemm,
      ElementwiseKernels elementwise,
      NormKernels norm,
      ActivationKernels activation,
      AttentionKernels attention,
      OptimizerKernels optimizer) {
    this.gemm = gemm;
    this.elementwise = elementwise;
    this.norm = norm;
    this.activation = activation;
    this.attention = attention;
    this.optimizer = optimizer;
  }

  @Override
  public int columnsAtOnce() {
    return gemm.columnsAtOnce();
  }

  @Override
  public void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c) {
    gemm.gemm(alpha, a, transposeA, b, transposeB, beta, c);
  }

  @Override
  public void gemms(List<Gemm> all) {
    gemm.gemms(all);
  }

  @Override
  public void gemm(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Matrix x,
      boolean accumulate,
      Matrix y) {
    gemm.gemm(w, transpose, precision, x, accumulate, y);
  }

  @Override
  public void broadcast(Matrix b, Matrix y) {
    elementwise.broadcast(b, y);
  }

  @Override
  public void add(double alpha, Matrix x, Matrix y) {
    elementwise.add(alpha, x, y);
  }

  @Override
  public void scale(double alpha, Matrix x, Matrix y) {
    elementwise.scale(alpha, x, y);
  }

  @Override
  public void sums(List<Sum> all) {
    elementwise.sums(all);
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    elementwise.copy(x, y);
  }

  @Override
  public void fill(double value, Matrix x) {
    elementwise.fill(value, x);
  }

  @Override
  public void multiply(Matrix x, Matrix m, Matrix y) {
    elementwise.multiply(x, m, y);
  }

  @Override
  public void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    elementwise.scaleRows(scale, x, beta, y);
  }

  @Override
  public void rowDots(Matrix x, Matrix y, Matrix out) {
    elementwise.rowDots(x, y, out);
  }

  @Override
  public void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    elementwise.scaleColumns(scale, x, beta, y);
  }

  @Override
  public void columnDots(Matrix x, Matrix y, Matrix out) {
    elementwise.columnDots(x, y, out);
  }

  @Override
  public void inverseRoots(Matrix x, Matrix y) {
    elementwise.inverseRoots(x, y);
  }

  @Override
  public void gather(Matrix table, int[] index, boolean accumulate, Matrix y) {
    elementwise.gather(table, index, accumulate, y);
  }

  @Override
  public void gather(StoredMatrix w, int[] rows, Matrix y) {
    elementwise.gather(w, rows, y);
  }

  @Override
  public void scatterAdd(Matrix x, int[] index, Matrix y) {
    elementwise.scatterAdd(x, index, y);
  }

  @Override
  public void meanPool(Matrix x, TokenBatch batch, Matrix y) {
    elementwise.meanPool(x, batch, y);
  }

  @Override
  public void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX) {
    elementwise.meanPoolBackward(dY, batch, dX);
  }

  @Override
  public void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats) {
    norm.layerNorm(x, gain, shift, eps, y, stats);
  }

  @Override
  public void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX) {
    norm.layerNormBackward(x, gain, stats, dY, dX);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    norm.rmsNorm(x, gain, eps, y, scale);
  }

  @Override
  public void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    norm.rmsNormBackward(x, gain, scale, dY, dX);
  }

  @Override
  public void gelu(Matrix x, Matrix y) {
    activation.gelu(x, y);
  }

  @Override
  public void geluBackward(Matrix x, Matrix dY, Matrix dX) {
    activation.geluBackward(x, dY, dX);
  }

  @Override
  public void cap(double c, Matrix x, Matrix y) {
    activation.cap(c, x, y);
  }

  @Override
  public void capBackward(double c, Matrix y, Matrix dY, Matrix dX) {
    activation.capBackward(c, y, dY, dX);
  }

  @Override
  public void geluTanh(Matrix x, Matrix y) {
    activation.geluTanh(x, y);
  }

  @Override
  public void geluTanhBackward(Matrix x, Matrix dY, Matrix dX) {
    activation.geluTanhBackward(x, dY, dX);
  }

  @Override
  public void swiGlu(Matrix gate, Matrix up, Matrix y) {
    activation.swiGlu(gate, up, y);
  }

  @Override
  public void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    activation.swiGluBackward(gate, up, dY, dGate, dUp);
  }

  @Override
  public void softmax(Matrix x, Matrix y) {
    activation.softmax(x, y);
  }

  @Override
  public void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    activation.softmaxBackward(y, dY, dX);
  }

  @Override
  public double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits) {
    return activation.crossEntropy(logits, labels, scale, dLogits);
  }

  @Override
  public DoubleSupplier deferredCrossEntropy(
      Matrix logits, int[] labels, double scale, Matrix dLogits) {
    return activation.deferredCrossEntropy(logits, labels, scale, dLogits);
  }

  @Override
  public void rotate(Matrix x, Matrix angles, boolean back) {
    attention.rotate(x, angles, back);
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSumExp) {
    attention.attention(q, k, v, heads, batch, o, logSumExp);
  }

  @Override
  public void attentionBackward(
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
    attention.attentionBackward(q, k, v, heads, batch, o, logSumExp, dO, dQ, dK, dV);
  }

  @Override
  public void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    attention.causalAttention(form, spans, q, k, v, o, logSumExp);
  }

  @Override
  public void causalAttentionBackward(
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
    attention.causalAttentionBackward(form, spans, q, k, v, o, logSumExp, dO, dQ, dK, dV);
  }

  @Override
  public double sumOfSquares(Matrix x) {
    return optimizer.sumOfSquares(x);
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, AdamWStep step) {
    optimizer.adamW(theta, m, v, gradient, step);
  }

  @Override
  public double[] sumsOfSquares(List<Matrix> all) {
    return optimizer.sumsOfSquares(all);
  }

  @Override
  public void adamW(List<Update> all) {
    optimizer.adamW(all);
  }
}
