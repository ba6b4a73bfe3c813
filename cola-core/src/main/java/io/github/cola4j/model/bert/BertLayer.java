package io.github.cola4j.model.bert;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.Gelu;
import io.github.cola4j.nn.layer.LayerNorm;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One block of BERT (arXiv 1810.04805), normalisation after the residual:
 *
 * <pre>
 *   H = LN₁(X + W_o attention(W_q X, W_k X, W_v X))      Y = LN₂(H + W_down gelu(W_up H))
 * </pre>
 *
 * All matrices are [d × T] but the feed-forward's [intermediate × T].
 */
record BertLayer(
    FrozenLinear query,
    FrozenLinear key,
    FrozenLinear value,
    FrozenLinear output,
    LayerNorm norm1,
    FrozenLinear up,
    FrozenLinear down,
    LayerNorm norm2,
    Distances distances,
    int heads,
    Gelu gelu) {

  /**
   * Layers for the embeddings of distances, of disentangled attention.
   *
   * @param p what queries are multiplied with; null for none
   * @param r what keys are multiplied with; null for none
   */
  record Distances(FrozenLinear p, FrozenLinear r) {
    private Distances with(UnaryOperator<FrozenLinear> change) {
      return new Distances(p == null ? null : change.apply(p), r == null ? null : change.apply(r));
    }

    private Stream<FrozenLinear> linears() {
      return Stream.of(p, r).filter(Objects::nonNull);
    }
  }

  /** Activations and the adapters' own, named as in the formula. */
  record Saved(
      Matrix x,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      PlacedAttention.Saved attention,
      Matrix h,
      Matrix u,
      Matrix g,
      LayerNorm.Saved norm1,
      LayerNorm.Saved norm2,
      Adapter.Saved aq,
      Adapter.Saved ak,
      Adapter.Saved av,
      Adapter.Saved ao,
      Adapter.Saved aup,
      Adapter.Saved adown) {}

  /** Loads a block by the names that its family gives it. */
  static BertLayer load(BertConfig config, int number, WeightLoader load) {
    BlockNames names = config.family().blocks();
    String block = config.blocks().sharing().name(names.block(), number);
    int d = config.hiddenSize();
    int inner = config.intermediateSize();
    double eps = config.blocks().layerNormEps();
    return new BertLayer(
        load.linear(block + names.query(), d, d, true),
        load.linear(block + names.key(), d, d, true),
        load.linear(block + names.value(), d, d, true),
        load.linear(block + names.output(), d, d, true),
        load.layerNorm(block + names.norm1(), d, eps),
        load.linear(block + names.up(), inner, d, true),
        load.linear(block + names.down(), d, inner, true),
        load.layerNorm(block + names.norm2(), d, eps),
        distances(config, block, load),
        config.heads(),
        config.blocks().gelu());
  }

  private static Distances distances(BertConfig config, String block, WeightLoader load) {
    Disentangling form = config.disentangling();
    if (form == null || form.shared()) {
      return null;
    }
    int d = config.hiddenSize();
    String attention = block + "attention.self.";
    return new Distances(
        form.contentToPosition() ? load.linear(attention + "pos_key_proj", d, d, true) : null,
        form.positionToContent() ? load.linear(attention + "pos_query_proj", d, d, true) : null);
  }

  /** The same block with other linear layers. */
  BertLayer withLinears(UnaryOperator<FrozenLinear> change) {
    return new BertLayer(
        change.apply(query),
        change.apply(key),
        change.apply(value),
        change.apply(output),
        norm1,
        change.apply(up),
        change.apply(down),
        norm2,
        distances == null ? null : distances.with(change),
        heads,
        gelu);
  }

  /** The linear layers in the order of the computation. */
  List<FrozenLinear> linears() {
    Stream<FrozenLinear> places = distances == null ? Stream.of() : distances.linears();
    return Stream.of(Stream.of(query, key, value), places, Stream.of(output, up, down))
        .flatMap(Function.identity())
        .toList();
  }

  /**
   * Overwrites Y.
   *
   * @param placed attention by where tokens are; null for one that does not depend on it
   */
  Saved forward(
      Pass pass, Adapters adapters, Matrix x, TokenBatch batch, PlacedAttention placed, Matrix y) {
    int d = x.rows();
    int tokens = x.columns();
    Matrix q = pass.matrix(d, tokens);
    Matrix k = pass.matrix(d, tokens);
    Matrix v = pass.matrix(d, tokens);
    List<FrozenLinear> inputs = List.of(query, key, value);
    List<Adapter.Saved> saved =
        AdaptedLinear.forward(pass, inputs, adapters, List.of(x, x, x), List.of(q, k, v));
    Adapter.Saved aq = saved.get(0);
    Adapter.Saved ak = saved.get(1);
    Adapter.Saved av = saved.get(2);
    Matrix o = pass.matrix(d, tokens);
    Matrix logSumExp = pass.matrix(heads, tokens);
    PlacedAttention.Saved kept = null;
    if (placed == null) {
      pass.kernels().attention(q, k, v, heads, batch, o, logSumExp);
    } else {
      kept = placed.forward(pass, adapters, this, q, k, v, o);
    }
    Matrix sum1 = pass.matrix(d, tokens);
    Adapter.Saved ao = AdaptedLinear.forward(pass, output, adapters.get(output), o, sum1);
    pass.kernels().add(1, x, sum1);
    Matrix h = pass.matrix(d, tokens);
    LayerNorm.Saved saved1 = norm1.forward(pass, sum1, h);
    Matrix u = pass.matrix(up.out(), tokens);
    Adapter.Saved aup = AdaptedLinear.forward(pass, up, adapters.get(up), h, u);
    Matrix g = pass.matrix(up.out(), tokens);
    gelu.forward(pass, u, g);
    Matrix sum2 = pass.matrix(d, tokens);
    Adapter.Saved adown = AdaptedLinear.forward(pass, down, adapters.get(down), g, sum2);
    pass.kernels().add(1, h, sum2);
    LayerNorm.Saved saved2 = norm2.forward(pass, sum2, y);
    return new Saved(
        x, q, k, v, o, logSumExp, kept, h, u, g, saved1, saved2, aq, ak, av, ao, aup, adown);
  }

  /** Overwrites dX (may be dY's memory no more); null where nothing below is trained. */
  void backward(
      Pass pass,
      Adapters adapters,
      Saved s,
      TokenBatch batch,
      PlacedAttention placed,
      Matrix dY,
      Matrix dX) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    int tokens = dY.columns();
    Matrix dH = pass.matrix(d, tokens);
    norm2.backward(pass, s.norm2, dY, dH);
    Matrix dU = pass.matrix(up.out(), tokens);
    AdaptedLinear.backward(pass, down, adapters.get(down), s.adown, dH, 0, dU);
    gelu.backward(pass, s.u, dU, dU);
    AdaptedLinear.backward(pass, up, adapters.get(up), s.aup, dU, 1, dH);
    norm1.backward(pass, s.norm1, dH, dH);
    Matrix dO = pass.matrix(d, tokens);
    AdaptedLinear.backward(pass, output, adapters.get(output), s.ao, dH, 0, dO);
    Matrix dQ = pass.matrix(d, tokens);
    Matrix dK = pass.matrix(d, tokens);
    Matrix dV = pass.matrix(d, tokens);
    if (placed == null) {
      pass.kernels()
          .attentionBackward(s.q, s.k, s.v, heads, batch, s.o, s.logSumExp, dO, dQ, dK, dV);
    } else {
      placed.backward(pass, adapters, this, s.attention, s.q, s.k, s.v, dO, dQ, dK, dV);
    }
    if (dX != null) {
      pass.kernels().copy(dH, dX);
    }
    AdaptedLinear.backward(pass, query, adapters.get(query), s.aq, dQ, 1, dX);
    AdaptedLinear.backward(pass, key, adapters.get(key), s.ak, dK, 1, dX);
    AdaptedLinear.backward(pass, value, adapters.get(value), s.av, dV, 1, dX);
    pass.arena().release(mark);
  }
}
