package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.Norm;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import io.github.cola4j.nn.layer.Scaling;

/**
 * The first half of a block: with N = norm(X) and R the rotation by position,
 *
 * <pre>
 *   Q = c R norm_q(W_q N)   K = R norm_k(W_k N)   V = W_v N   H = X + residual(W_o attention(Q, K, V))
 * </pre>
 *
 * Queries are [h·dh × T], keys and values [numKeyValueHeads·dh × T]. Where only some tokens are
 * asked for, X, keys and values have all T columns and everything else those tokens' n.
 *
 * @param norm of the input; null for none
 * @param inputs queries, keys and values
 * @param queryNorm of each head [dh], or of all together [h·dh]; null for none
 * @param keyNorm likewise
 * @param scaling c, where scores are not divided by √dh; null for 1
 */
record SelfAttention(
    Norm norm,
    Projections inputs,
    Norm queryNorm,
    Norm keyNorm,
    Scaling scaling,
    CausalAttention form,
    FrozenLinear output,
    Residual residual) {

  /** Activations, and what the adapters kept, named as in the formula. */
  record Saved(
      Norm.Saved norm,
      Projections.Saved inputs,
      Norm.Saved queryNorm,
      Norm.Saved keyNorm,
      Matrix q,
      Matrix k,
      Matrix o,
      Matrix logSumExp,
      Adapter.Saved output,
      Norm.Saved residual) {

    Matrix v() {
      return inputs.outputs().get(2);
    }
  }

  /**
   * Overwrites H.
   *
   * @param cache keys and values of earlier tokens, which takes those of X; null for none
   */
  Saved forward(
      Pass pass, Adapters adapters, Matrix x, LlamaLayer.Tokens tokens, KeyValues cache, Matrix h) {
    Matrix n = x;
    Norm.Saved normalised = null;
    if (norm != null) {
      n = pass.matrix(x.rows(), x.columns());
      normalised = norm.forward(pass, x, n);
    }
    Projections.Saved qkv = inputs.forward(pass, adapters, n, tokens.chosen());
    Matrix q = qkv.outputs().get(0);
    Matrix k = qkv.outputs().get(1);
    Matrix v = qkv.outputs().get(2);
    Norm.Saved qn = null;
    if (queryNorm != null) {
      Matrix raw = q;
      q = pass.matrix(raw.rows(), raw.columns());
      qn = queryNorm.forward(pass, groups(queryNorm, raw), groups(queryNorm, q));
    }
    Norm.Saved kn = null;
    if (keyNorm != null) {
      Matrix raw = k;
      k = pass.matrix(raw.rows(), raw.columns());
      kn = keyNorm.forward(pass, groups(keyNorm, raw), groups(keyNorm, k));
    }
    RotaryEmbedding.forward(pass, k, tokens.angles(), form.width());
    RotaryEmbedding.forward(pass, q, tokens.chosenAngles(), form.width());
    if (scaling != null) {
      scaling.forward(pass, q, q);
    }
    Matrix o = pass.matrix(q.rows(), q.columns());
    Matrix logSumExp = pass.matrix(form.heads(), q.columns());
    if (cache != null) {
      cache.put(pass, k, v);
    }
    Matrix keys = cache == null ? k : cache.keys();
    Matrix values = cache == null ? v : cache.values();
    pass.kernels().causalAttention(form, tokens.spans(), q, keys, values, o, logSumExp);
    Matrix branch = residual.branch(pass, h);
    Adapter.Saved ao = AdaptedLinear.forward(pass, output, adapters.get(output), o, branch);
    Norm.Saved joined = residual.forward(pass, branch, x, tokens.chosen(), h);
    return new Saved(normalised, qkv, qn, kn, q, k, o, logSumExp, ao, joined);
  }

  /** Overwrites dX [d × T]; null where nothing below is trained. */
  void backward(
      Pass pass, Adapters adapters, Saved s, LlamaLayer.Tokens tokens, Matrix dH, Matrix dX) {
    Matrix dBranch = residual.backward(pass, s.residual, dH);
    Matrix dO = pass.matrix(s.o.rows(), s.o.columns());
    AdaptedLinear.backward(pass, output, adapters.get(output), s.output, dBranch, 0, dO);
    Projections.Gradients gradients = inputs.gradients(pass, s.inputs, tokens.chosen());
    Matrix dQ = gradients.outputs().get(0);
    Matrix dK = gradients.outputs().get(1);
    Matrix dV = gradients.outputs().get(2);
    pass.kernels()
        .causalAttentionBackward(
            form, tokens.spans(), s.q, s.k, s.v(), s.o, s.logSumExp, dO, dQ, dK, dV);
    if (scaling != null) {
      scaling.backward(pass, dQ, dQ);
    }
    RotaryEmbedding.backward(pass, dQ, tokens.chosenAngles(), form.width());
    RotaryEmbedding.backward(pass, dK, tokens.angles(), form.width());
    if (queryNorm != null) {
      queryNorm.backward(pass, s.queryNorm, groups(queryNorm, dQ), groups(queryNorm, dQ));
    }
    if (keyNorm != null) {
      keyNorm.backward(pass, s.keyNorm, groups(keyNorm, dK), groups(keyNorm, dK));
    }
    Matrix dN = dX == null || norm == null ? dX : pass.matrix(dX.rows(), dX.columns());
    inputs.backward(pass, adapters, s.inputs, gradients, tokens.chosen(), dN);
    if (dX == null) {
      return;
    }
    if (norm != null) {
      norm.backward(pass, s.norm, dN, dX);
    }
    if (tokens.chosen() == null) {
      pass.kernels().add(1, dH, dX);
    } else {
      pass.kernels().scatterAdd(dH, tokens.chosen(), dX);
    }
  }

  /** What a norm takes together as columns: a head's features of a token, or all of a token. */
  private static Matrix groups(Norm norm, Matrix x) {
    int width = norm.gain().rows();
    return x.reshape(width, x.rows() / width * x.columns());
  }
}
