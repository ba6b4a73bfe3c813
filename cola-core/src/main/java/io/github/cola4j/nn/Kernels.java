package io.github.cola4j.nn;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * The seam between the model maths and the machine: every operation that touches elements. A {@link
 * KernelProvider} makes them, and all providers pass the same tests. An instance belongs to one
 * thread.
 *
 * <p>Matrices are [features × T] as in the package's description; a {@code Backward} method adds to
 * its gradient unless it says that it overwrites.
 */
public interface Kernels {

  /** The chosen kernels for a type in this JVM ({@link KernelProviders}), for use by one thread. */
  static Kernels forThread(DataType type) {
    return KernelProviders.get().of(type).kernels(type);
  }

  /**
   * Limits the threads of an operation in this JVM: one for each concurrent pass is best. Does
   * nothing on a GPU.
   */
  static void limitThreads(int threads) {
    KernelProviders.get().limitThreads(threads);
  }

  /** C ← alpha · op(A) op(B) + beta · C, where op transposes if asked to. */
  void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c);

  /** Every column of Y becomes the column b [rows × 1]. */
  void broadcast(Matrix b, Matrix y);

  /** Y ← Y + alpha X. */
  void add(double alpha, Matrix x, Matrix y);

  /** Y ← X. */
  void copy(Matrix x, Matrix y);

  /** X ← value. */
  void fill(double value, Matrix x);

  /** Y ← X ⊙ M. */
  void multiply(Matrix x, Matrix m, Matrix y);

  /** Y ← beta Y + diag(scale) X; Y may be X where beta is 0. */
  void scaleRows(Matrix scale, Matrix x, double beta, Matrix y);

  /** out_i += Σ_t x_it y_it for out [rows × 1]. */
  void rowDots(Matrix x, Matrix y, Matrix out);

  /** Each element of Y becomes 1/√x, or 0 where x ≤ 0; Y may be X. */
  void inverseRoots(Matrix x, Matrix y);

  /** Y ← beta Y + X diag(scale) for scale [1 × T]; Y may be X where beta is 0. */
  void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y);

  /** out_t ← Σ_i x_it y_it for out [1 × T]. */
  void columnDots(Matrix x, Matrix y, Matrix out);

  /** Each column of Y becomes the softmax of X's; Y may be X. */
  void softmax(Matrix x, Matrix y);

  /** dX ← Y ⊙ (dY − 1 · diag(YᵀdY)) with Y the softmax; overwrites dX, which may be dY. */
  void softmaxBackward(Matrix y, Matrix dY, Matrix dX);

  /** Column t of Y becomes (or, if accumulating, grows by) column {@code index[t]} of the table. */
  void gather(Matrix table, int[] index, boolean accumulate, Matrix y);

  /**
   * Layer normalisation of each column: x̂ = (x − mean)/√(var + eps), y = gain ⊙ x̂ + shift.
   *
   * @param stats [2 × T], receives mean and 1/√(var + eps)
   */
  void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats);

  /**
   * dX ← rstd (g − mean(g) − x̂ mean(g ⊙ x̂)) with g = gain ⊙ dY; overwrites dX, which may be dY.
   */
  void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX);

  /** y = x Φ(x), Φ the normal distribution function (exact, by erf). */
  void gelu(Matrix x, Matrix y);

  /** dX ← dY ⊙ (Φ(x) + x φ(x)); overwrites dX, which may be dY. */
  void geluBackward(Matrix x, Matrix dY, Matrix dX);

  /**
   * Softmax attention within each sequence, head by head: O = V softmax(s KᵀQ), s = 1/√dh.
   *
   * @param logSum [h × T], receives log Σ exp of each query's scores
   */
  void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSum);

  /**
   * With P = softmax(s KᵀQ): dV ← dO Pᵀ; dS = P ⊙ (VᵀdO − 1·diag(OᵀdO)); dQ ← s K dS; dK ← s Q dSᵀ.
   * P is computed again from {@code logSum}. Overwrites dQ, dK, dV.
   */
  void attentionBackward(
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
      Matrix dV);

  /**
   * Normalisation of each column by its root mean square: y = gain ⊙ x ρ, ρ = 1/√(mean(x²) + eps).
   *
   * @param scale [1 × T], receives ρ
   */
  void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale);

  /** dX ← ρ (g − x̂ mean(g ⊙ x̂)) with g = gain ⊙ dY, x̂ = ρ x; overwrites dX, which may be dY. */
  void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX);

  /**
   * Turns pairs of features in place, as {@link RotaryEmbedding} says.
   *
   * @param x [heads · dh × T]
   * @param angles cos over sin [dh × T]
   * @param back whether to turn the other way, as gradients do
   */
  void rotate(Matrix x, Matrix angles, boolean back);

  /** Y ← silu(G) ⊙ U, silu(g) = g σ(g) (arXiv 2002.05202). */
  void swiGlu(Matrix gate, Matrix up, Matrix y);

  /**
   * dG ← dY ⊙ U ⊙ σ(G) (1 + G (1 − σ(G))), dU ← dY ⊙ silu(G); overwrites both, and either may be
   * dY.
   */
  void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp);

  /**
   * Causal softmax attention of some queries of each sequence, head by head: O = V softmax(s KᵀQ)
   * over the keys that {@code form} lets each query see, s = 1/√dh.
   *
   * @param q [h · dh × queries]
   * @param k [keyHeads · dh × keys]
   * @param v [keyHeads · dh × keys]
   * @param logSum [h × queries], receives log Σ exp of each query's scores
   */
  void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSum);

  /** As {@link #attentionBackward}; dK and dV add up over a group's heads. Overwrites all three. */
  void causalAttentionBackward(
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
      Matrix dV);

  /** Column {@code index[t]} of Y grows by column t of X; no index occurs twice. */
  void scatterAdd(Matrix x, int[] index, Matrix y);

  /** Column s of Y is the mean of the columns of sequence s. */
  void meanPool(Matrix x, TokenBatch batch, Matrix y);

  /** Every column of sequence s becomes dY_s divided by its length; overwrites dX. */
  void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX);

  /**
   * Softmax cross-entropy of each column of the logits against its label.
   *
   * @param scale factor of the gradient
   * @param dLogits overwritten by scale · (softmax − onehot); may be the logits
   * @return the sum of −log softmax(logits)_label, not scaled
   */
  double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits);

  /** Σ x². */
  double sumOfSquares(Matrix x);

  /**
   * One step of AdamW as PyTorch computes it (arXiv 1711.05101): θ ← (1 − lr·decay) θ; m ← β₁ m +
   * (1−β₁) g; v ← β₂ v + (1−β₂) g²; θ ← θ − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + eps), with g =
   * gradientScale · gradient. All are columns of one length.
   */
  void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, AdamWStep step);

  /**
   * The numbers of one AdamW step.
   *
   * @param rate the learning rate of this step
   * @param step t, from 1
   * @param gradientScale factor of the gradient (clipping)
   */
  record AdamWStep(
      double rate,
      double beta1,
      double beta2,
      double eps,
      double decay,
      int step,
      double gradientScale) {}
}
