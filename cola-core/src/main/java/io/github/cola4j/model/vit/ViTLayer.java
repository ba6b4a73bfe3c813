package io.github.cola4j.model.vit;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
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
 * All matrices are [d × T] but the feed-forward's [intermediate × T].
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

  /** Activations and the adapters' own, named as in the formula. */
  record Saved(
      LayerNorm.Saved norm1,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      LayerNorm.Saved norm2,
      Matrix u,
      Adapter.Saved aq,
      Adapter.Saved ak,
      Adapter.Saved av,
      Adapter.Saved ao,
      Adapter.Saved aup,
      Adapter.Saved adown) {}

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

  /** Overwrites Y. */
  Saved forward(Pass pass, Adapters adapters, Matrix x, TokenBatch places, Matrix y) {
    int d = x.rows();
    int tokens = x.columns();
    Matrix n = pass.matrix(d, tokens);
    LayerNorm.Saved saved1 = norm1.forward(pass, x, n);
    Matrix q = pass.matrix(d, tokens);
    Matrix k = pass.matrix(d, tokens);
    Matrix v = pass.matrix(d, tokens);
    Adapter.Saved aq = AdaptedLinear.forward(pass, query, adapters.get(query), n, q);
    Adapter.Saved ak = AdaptedLinear.forward(pass, key, adapters.get(key), n, k);
    Adapter.Saved av = AdaptedLinear.forward(pass, value, adapters.get(value), n, v);
    Matrix o = pass.matrix(d, tokens);
    Matrix logSumExp = pass.matrix(heads, tokens);
    pass.kernels().attention(q, k, v, heads, places, o, logSumExp);
    Matrix h = pass.matrix(d, tokens);
    Adapter.Saved ao = AdaptedLinear.forward(pass, output, adapters.get(output), o, h);
    pass.kernels().add(1, x, h);
    Matrix p = pass.matrix(d, tokens);
    LayerNorm.Saved saved2 = norm2.forward(pass, h, p);
    Matrix u = pass.matrix(up.out(), tokens);
    Adapter.Saved aup = AdaptedLinear.forward(pass, up, adapters.get(up), p, u);
    Matrix g = pass.matrix(up.out(), tokens);
    pass.kernels().gelu(u, g);
    Adapter.Saved adown = AdaptedLinear.forward(pass, down, adapters.get(down), g, y);
    pass.kernels().add(1, h, y);
    return new Saved(saved1, q, k, v, o, logSumExp, saved2, u, aq, ak, av, ao, aup, adown);
  }

  /** Overwrites dX; null where nothing below is trained. */
  void backward(Pass pass, Adapters adapters, Saved s, TokenBatch places, Matrix dY, Matrix dX) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    int tokens = dY.columns();
    Matrix dU = pass.matrix(up.out(), tokens);
    AdaptedLinear.backward(pass, down, adapters.get(down), s.adown, dY, 0, dU);
    pass.kernels().geluBackward(s.u, dU, dU);
    Matrix dH = pass.matrix(d, tokens);
    AdaptedLinear.backward(pass, up, adapters.get(up), s.aup, dU, 0, dH);
    norm2.backward(pass, s.norm2, dH, dH);
    pass.kernels().add(1, dY, dH);
    Matrix dO = pass.matrix(d, tokens);
    AdaptedLinear.backward(pass, output, adapters.get(output), s.ao, dH, 0, dO);
    Matrix dQ = pass.matrix(d, tokens);
    Matrix dK = pass.matrix(d, tokens);
    Matrix dV = pass.matrix(d, tokens);
    pass.kernels()
        .attentionBackward(s.q, s.k, s.v, heads, places, s.o, s.logSumExp, dO, dQ, dK, dV);
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
