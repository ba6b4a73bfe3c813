package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.ElementwiseKernels;
import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;

/** Attention by the class for each of its forms. */
final class CpuAttentionKernels implements AttentionKernels {
  private final CpuAttention attention;
  private final CpuCausalAttention causal;
  private float[] first = new float[0];
  private float[] second = new float[0];

  CpuAttentionKernels(GemmKernels gemm, ElementwiseKernels elements) {
    attention = new CpuAttention(gemm);
    causal = new CpuCausalAttention(gemm, elements);
  }

  @Override
  public void rotate(Matrix x, Matrix angles, boolean back) {
    int half = angles.rows() / 2;
    first = VectorMath.atLeast(first, x.rows());
    second = VectorMath.atLeast(second, angles.rows());
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Columns.read(angles, t, second);
      if (back) {
        for (int i = half; i < 2 * half; i++) {
          second[i] = -second[i];
        }
      }
      for (int from = 0; from < x.rows(); from += 2 * half) {
        VectorMath.rotate(first, from, second, half);
      }
      Columns.write(first, x, t);
    }
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSumExp) {
    attention.forward(q, k, v, heads, batch, o, logSumExp);
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
    attention.backward(q, k, v, heads, batch, o, logSumExp, dO, dQ, dK, dV);
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
    causal.forward(form, spans, q, k, v, o, logSumExp);
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
    causal.backward(form, spans, q, k, v, o, logSumExp, dO, dQ, dK, dV);
  }
}
