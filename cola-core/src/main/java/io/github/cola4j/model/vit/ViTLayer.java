package io.github.cola4j.model.vit;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.tokens.TokenModulation;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One block of a Vision Transformer (arXiv 2010.11929, equations 2 and 3), normalisation before
 * each half:
 *
 * <pre>
 *   N = LN₁(X)   H = X + W_o attention(W_q N, W_k N, W_v N)      Y = H + W_down gelu(W_up LN₂(H))
 * </pre>
 *
 * All matrices are [d × T] but the feed-forward's [intermediate × T]. A block that merges tokens
 * does so with H, and what follows has fewer columns.
 */
record ViTLayer(
    LayerNorm norm1,
    FrozenLinear query,
    FrozenLinear key,
    FrozenLinear value,
    FrozenLinear output,
    LayerNorm norm2,
    FrozenLinear up,
    FrozenLinear down,
    int heads) {

  /**
   * Activations and the adapters' own, named as in the formula.
   *
   * @param merge null where nothing is merged
   * @param left the tokens of Y
   */
  record Saved(
      LayerNorm.Saved norm1,
      ProportionalAttention.Saved attention,
      TokenMerge.Saved merge,
      ImageTokens left,
      LayerNorm.Saved norm2,
      Matrix u,
      Adapter.Saved aq,
      Adapter.Saved ak,
      Adapter.Saved av,
      Adapter.Saved ao,
      Adapter.Saved aup,
      Adapter.Saved adown) {

    /** The tokens of X. */
    ImageTokens before() {
      return attention.tokens();
    }
  }

  /** Loads a block. */
  static ViTLayer load(ViTConfig config, int number, WeightLoader load) {
    String block = "layers." + number + ".";
    int d = config.hiddenSize();
    int inner = config.intermediateSize();
    return new ViTLayer(
        load.layerNorm(block + "layernorm_before", d, config.layerNormEps()),
        load.linear(block + "attention.q_proj", d, d, config.qkvBias()),
        load.linear(block + "attention.k_proj", d, d, config.qkvBias()),
        load.linear(block + "attention.v_proj", d, d, config.qkvBias()),
        load.linear(block + "attention.o_proj", d, d, true),
        load.layerNorm(block + "layernorm_after", d, config.layerNormEps()),
        load.linear(block + "mlp.fc1", inner, d, true),
        load.linear(block + "mlp.fc2", d, inner, true),
        config.heads());
  }

  /** The same block with other linear layers. */
  ViTLayer withLinears(UnaryOperator<FrozenLinear> change) {
    return new ViTLayer(
        norm1,
        change.apply(query),
        change.apply(key),
        change.apply(value),
        change.apply(output),
        norm2,
        change.apply(up),
        change.apply(down),
        heads);
  }

  /** The linear layers in the order of the computation. */
  List<FrozenLinear> linears() {
    return List.of(query, key, value, output, up, down);
  }

  /**
   * Overwrites Y.
   *
   * @param before the tokens of X
   * @param merged tokens that each image has less in Y
   * @param modulation of what is merged; null for none
   */
  Saved forward(
      Pass pass,
      Adapters adapters,
      Matrix x,
      ImageTokens before,
      int merged,
      TokenModulation modulation,
      Matrix y) {
    int d = x.rows();
    int tokens = x.columns();
    Matrix n = pass.matrix(d, tokens);
    LayerNorm.Saved saved1 = norm1.forward(pass, x, n);
    Matrix q = pass.matrix(d, tokens);
    Matrix k = pass.matrix(d, tokens);
    Matrix v = pass.matrix(d, tokens);
    List<FrozenLinear> inputs = List.of(query, key, value);
    List<Adapter.Saved> saved =
        AdaptedLinear.forward(pass, inputs, adapters, List.of(n, n, n), List.of(q, k, v));
    Adapter.Saved aq = saved.get(0);
    Adapter.Saved ak = saved.get(1);
    Adapter.Saved av = saved.get(2);
    Matrix o = pass.matrix(d, tokens);
    ProportionalAttention.Saved attention =
        ProportionalAttention.forward(pass, q, k, v, heads, before, o);
    Matrix h = pass.matrix(d, tokens);
    Adapter.Saved ao = AdaptedLinear.forward(pass, output, adapters.get(output), o, h);
    pass.kernels().add(1, x, h);
    TokenMerge.Saved merge = null;
    if (merged > 0) {
      TokenMatching matching = TokenMatching.of(pass, k, heads, before, merged);
      Matrix fewer = pass.matrix(d, y.columns());
      merge = TokenMerge.forward(pass, matching, before, h, modulation, fewer);
      h = fewer;
    }
    Matrix p = pass.matrix(d, y.columns());
    LayerNorm.Saved saved2 = norm2.forward(pass, h, p);
    Matrix u = pass.matrix(up.out(), y.columns());
    Adapter.Saved aup = AdaptedLinear.forward(pass, up, adapters.get(up), p, u);
    Matrix g = pass.matrix(up.out(), y.columns());
    pass.kernels().gelu(u, g);
    Adapter.Saved adown = AdaptedLinear.forward(pass, down, adapters.get(down), g, y);
    pass.kernels().add(1, h, y);
    ImageTokens left = merge == null ? before : merge.tokens();
    return new Saved(saved1, attention, merge, left, saved2, u, aq, ak, av, ao, aup, adown);
  }

  /** Overwrites dX; null where nothing below is trained. */
  void backward(
      Pass pass, Adapters adapters, Saved s, TokenModulation modulation, Matrix dY, Matrix dX) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    int tokens = s.before().count();
    Matrix dU = pass.matrix(up.out(), dY.columns());
    AdaptedLinear.backward(pass, down, adapters.get(down), s.adown, dY, 0, dU);
    pass.kernels().geluBackward(s.u, dU, dU);
    Matrix dH = pass.matrix(d, dY.columns());
    AdaptedLinear.backward(pass, up, adapters.get(up), s.aup, dU, 0, dH);
    norm2.backward(pass, s.norm2, dH, dH);
    pass.kernels().add(1, dY, dH);
    if (s.merge != null) {
      Matrix dBefore = pass.matrix(d, tokens);
      TokenMerge.backward(pass, s.merge, modulation, dH, dBefore);
      dH = dBefore;
    }
    Matrix dO = pass.matrix(d, tokens);
    AdaptedLinear.backward(pass, output, adapters.get(output), s.ao, dH, 0, dO);
    Matrix dQ = pass.matrix(d, tokens);
    Matrix dK = pass.matrix(d, tokens);
    Matrix dV = pass.matrix(d, tokens);
    ProportionalAttention.backward(pass, s.attention, heads, dO, dQ, dK, dV);
    AdaptedLinear.backward(pass, query, adapters.get(query), s.aq, dQ, 0, dX);
    AdaptedLinear.backward(pass, key, adapters.get(key), s.ak, dK, 1, dX);
    AdaptedLinear.backward(pass, value, adapters.get(value), s.av, dV, 1, dX);
    if (dX != null) {
      norm1.backward(pass, s.norm1, dX, dX);
      pass.kernels().add(1, dH, dX);
    }
    pass.arena().release(mark);
  }
}
