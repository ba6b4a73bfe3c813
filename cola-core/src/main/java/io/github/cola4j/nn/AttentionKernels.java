package io.github.cola4j.nn;

import io.github.cola4j.nn.batch.TokenBatch;

/**
 * Softmax attention, forward beside backward, and the rotary embedding of its queries and keys.
 * {@link Kernels} has what holds for all.
 */
public interface AttentionKernels {

  /**
   * Turns pairs of features in place, as {@code RotaryEmbedding} says.
   *
   * @param x [heads · dh × T]
   * @param angles cos over sin [dh × T]
   * @param back whether to turn the other way, as gradients do
   */
  void rotate(Matrix x, Matrix angles, boolean back);

  /**
   * Softmax attention within each sequence, head by head: O = V softmax(s KᵀQ), s = 1/√dh.
   *
   * @param logSumExp [h × T], receives log Σ exp of each query's scores
   */
  void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSumExp);

  /**
   * With P = softmax(s KᵀQ): dV ← dO Pᵀ; dS = P ⊙ (VᵀdO − 1·diag(OᵀdO)); dQ ← s K dS; dK ← s Q dSᵀ.
   * P is computed again from {@code logSumExp}. Overwrites dQ, dK, dV.
   */
  void attentionBackward(
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
      Matrix dV);

  /**
   * Causal softmax attention of some queries of each sequence, head by head: O = V softmax(s KᵀQ)
   * over the keys that {@code form} lets each query see, s = 1/√dh; where it caps scores, of c
   * tanh(s KᵀQ / c).
   *
   * @param q [h · dh × queries]
   * @param k [numKeyValueHeads · dh × keys]
   * @param v [numKeyValueHeads · dh × keys]
   * @param logSumExp [h × queries], receives log Σ exp of each query's scores
   */
  void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp);

  /**
   * As {@link #attentionBackward}; dK and dV add up over a group's heads. Capped scores Z have dS ⊙
   * (1 − (Z / c)²) in the place of dS. Overwrites all three.
   */
  void causalAttentionBackward(
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
      Matrix dV);
}
