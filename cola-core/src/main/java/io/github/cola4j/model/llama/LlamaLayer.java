package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.RmsNorm;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One block of a Llama (arXiv 2302.13971), normalisation before each half:
 *
 * <pre>
 *   N = RMS₁(X)   H = X + W_o attention(R W_q N, R W_k N, W_v N)
 *   P = RMS₂(H)   Y = H + W_down (silu(W_gate P) ⊙ W_up P)
 * </pre>
 *
 * with R the rotation by position. Matrices are [d × T], queries [h·dh × T], keys and values
 * [numKeyValueHeads·dh × T], the feed-forward's inner ones [intermediate × T]. Where only some
 * tokens are asked for, X, keys and values have all T columns and everything else those tokens' n.
 */
record LlamaLayer(
    RmsNorm norm1,
    FrozenLinear query,
    FrozenLinear key,
    FrozenLinear value,
    FrozenLinear output,
    RmsNorm norm2,
    FrozenLinear gate,
    FrozenLinear up,
    FrozenLinear down,
    CausalAttention attention) {

  /**
   * Which tokens a block computes and what they see.
   *
   * @param spans each query's keys
   * @param angles of the tokens of X, whose keys are computed [dh × T]
   * @param chosen columns of X that are asked for; null for all
   * @param chosenAngles of these [dh × n]
   */
  record Tokens(AttentionSpans spans, Matrix angles, int[] chosen, Matrix chosenAngles) {}

  /** Activations, and what the adapters kept, named as in the formula. */
  record Saved(
      Matrix n,
      Matrix chosen,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      Matrix p,
      Matrix g,
      Matrix u,
      Matrix a,
      RmsNorm.Saved norm1,
      RmsNorm.Saved norm2,
      Adapter.Saved aq,
      Adapter.Saved ak,
      Adapter.Saved av,
      Adapter.Saved ao,
      Adapter.Saved ag,
      Adapter.Saved au,
      Adapter.Saved ad) {}

  /** The same block with other linear layers. */
  LlamaLayer withLinears(UnaryOperator<FrozenLinear> change) {
    return new LlamaLayer(
        norm1,
        change.apply(query),
        change.apply(key),
        change.apply(value),
        change.apply(output),
        norm2,
        change.apply(gate),
        change.apply(up),
        change.apply(down),
        attention);
  }

  /** The linear layers in the order of the computation. */
  List<FrozenLinear> linears() {
    return List.of(query, key, value, output, gate, up, down);
  }

  /**
   * Overwrites Y.
   *
   * @param cache keys and values of earlier tokens, which takes those of X; null for none
   */
  Saved forward(Pass pass, Adapters adapters, Matrix x, Tokens tokens, KeyValues cache, Matrix y) {
    int d = x.rows();
    int columns = y.columns();
    Matrix n = pass.matrix(d, x.columns());
    RmsNorm.Saved saved1 = norm1.forward(pass, x, n);
    Matrix k = pass.matrix(key.out(), x.columns());
    Matrix v = pass.matrix(value.out(), x.columns());
    Adapter.Saved ak = AdaptedLinear.forward(pass, key, adapters.get(key), n, k);
    Adapter.Saved av = AdaptedLinear.forward(pass, value, adapters.get(value), n, v);
    pass.kernels().rotate(k, tokens.angles, false);
    Matrix chosen = n;
    if (tokens.chosen != null) {
      chosen = pass.matrix(d, columns);
      pass.kernels().gather(n, tokens.chosen, false, chosen);
    }
    Matrix q = pass.matrix(query.out(), columns);
    Adapter.Saved aq = AdaptedLinear.forward(pass, query, adapters.get(query), chosen, q);
    pass.kernels().rotate(q, tokens.chosenAngles, false);
    Matrix o = pass.matrix(query.out(), columns);
    Matrix logSumExp = pass.matrix(attention.heads(), columns);
    if (cache != null) {
      cache.put(pass, k, v);
    }
    Matrix keys = cache == null ? k : cache.keys();
    Matrix values = cache == null ? v : cache.values();
    pass.kernels().causalAttention(attention, tokens.spans, q, keys, values, o, logSumExp);
    Matrix h = pass.matrix(d, columns);
    Adapter.Saved ao = AdaptedLinear.forward(pass, output, adapters.get(output), o, h);
    if (tokens.chosen == null) {
      pass.kernels().add(1, x, h);
    } else {
      pass.kernels().gather(x, tokens.chosen, true, h);
    }
    Matrix p = pass.matrix(d, columns);
    RmsNorm.Saved saved2 = norm2.forward(pass, h, p);
    Matrix g = pass.matrix(gate.out(), columns);
    Matrix u = pass.matrix(up.out(), columns);
    Adapter.Saved ag = AdaptedLinear.forward(pass, gate, adapters.get(gate), p, g);
    Adapter.Saved au = AdaptedLinear.forward(pass, up, adapters.get(up), p, u);
    Matrix a = pass.matrix(gate.out(), columns);
    pass.kernels().swiGlu(g, u, a);
    Adapter.Saved ad = AdaptedLinear.forward(pass, down, adapters.get(down), a, y);
    pass.kernels().add(1, h, y);
    return new Saved(
        n, chosen, q, k, v, o, logSumExp, p, g, u, a, saved1, saved2, aq, ak, av, ao, ag, au, ad);
  }

  /** Overwrites dX [d × T]; null where nothing below is trained. */
  void backward(Pass pass, Adapters adapters, Saved s, Tokens tokens, Matrix dY, Matrix dX) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    int columns = dY.columns();
    Matrix dU = pass.matrix(up.out(), columns); // dA at first
    AdaptedLinear.backward(pass, down, adapters.get(down), s.ad, dY, 0, dU);
    Matrix dG = pass.matrix(gate.out(), columns);
    pass.kernels().swiGluBackward(s.g, s.u, dU, dG, dU);
    Matrix dH = pass.matrix(d, columns); // dP at first
    AdaptedLinear.backward(pass, gate, adapters.get(gate), s.ag, dG, 0, dH);
    AdaptedLinear.backward(pass, up, adapters.get(up), s.au, dU, 1, dH);
    norm2.backward(pass, s.norm2, dH, dH);
    pass.kernels().add(1, dY, dH);
    Matrix dO = pass.matrix(query.out(), columns);
    AdaptedLinear.backward(pass, output, adapters.get(output), s.ao, dH, 0, dO);
    Matrix dQ = pass.matrix(query.out(), columns);
    Matrix dK = pass.matrix(key.out(), s.n.columns());
    Matrix dV = pass.matrix(value.out(), s.n.columns());
    pass.kernels()
        .causalAttentionBackward(
            attention, tokens.spans, s.q, s.k, s.v, s.o, s.logSumExp, dO, dQ, dK, dV);
    pass.kernels().rotate(dQ, tokens.chosenAngles, true);
    pass.kernels().rotate(dK, tokens.angles, true);
    Matrix dN = dX == null ? null : pass.matrix(d, s.n.columns());
    if (dX == null || tokens.chosen == null) {
      AdaptedLinear.backward(pass, query, adapters.get(query), s.aq, dQ, 0, dN);
    } else {
      Matrix dChosen = pass.matrix(d, columns);
      AdaptedLinear.backward(pass, query, adapters.get(query), s.aq, dQ, 0, dChosen);
      pass.kernels().fill(0, dN);
      pass.kernels().scatterAdd(dChosen, tokens.chosen, dN);
    }
    AdaptedLinear.backward(pass, key, adapters.get(key), s.ak, dK, 1, dN);
    AdaptedLinear.backward(pass, value, adapters.get(value), s.av, dV, 1, dN);
    if (dX != null) {
      norm1.backward(pass, s.norm1, dN, dX);
      if (tokens.chosen == null) {
        pass.kernels().add(1, dH, dX);
      } else {
        pass.kernels().scatterAdd(dH, tokens.chosen, dX);
      }
    }
    pass.arena().release(mark);
  }
}
