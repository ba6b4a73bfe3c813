package io.github.cola4j.model.modernbert;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One block of ModernBERT (arXiv 2412.13663), normalisation before each half: with R the rotation
 * by position,
 *
 * <pre>
 *   [Q; K; V] = W_qkv LN₁(X)   H = X + W_o attention(R Q, R K, V)
 *   [G; U] = W_i LN₂(H)        Y = H + W_down (gelu(G) ⊙ U)
 * </pre>
 *
 * All matrices are [d × T] but [Q; K; V] [3d × T] and the feed-forward's, [intermediate × T] each.
 *
 * @param norm1 null in the first block, whose input is normalised already
 */
record ModernBertLayer(
    LayerNorm norm1,
    FrozenLinear qkv,
    FrozenLinear output,
    LayerNorm norm2,
    FrozenLinear gateUp,
    FrozenLinear down,
    int heads) {
  private static final GatedActivation ACTIVATION = GatedActivation.GEGLU;

  /**
   * The tokens of a pass.
   *
   * @param attention which of them see each other
   * @param angles of their rotation [d/heads × T]
   */
  record Tokens(TokenBatch batch, LocalAttention attention, Matrix angles) {}

  /** Activations and the adapters' own, named as in the formula. */
  record Saved(
      LayerNorm.Saved norm1,
      Matrix qkv,
      Matrix o,
      Matrix logSumExp,
      LayerNorm.Saved norm2,
      Matrix gateUp,
      Adapter.Saved aQkv,
      Adapter.Saved aOutput,
      Adapter.Saved aGateUp,
      Adapter.Saved aDown) {}

  /** Loads a block. */
  static ModernBertLayer load(ModernBertConfig config, int number, WeightLoader load) {
    String block = "layers." + number + ".";
    int d = config.hiddenSize();
    int inner = config.intermediateSize();
    ModernBertConfig.Biases biases = config.biases();
    return new ModernBertLayer(
        number == 0
            ? null
            : load.layerNorm(block + "attn_norm", d, config.normEps(), biases.norm()),
        load.linear(block + "attn.Wqkv", 3 * d, d, biases.attention()),
        load.linear(block + "attn.Wo", d, d, biases.attention()),
        load.layerNorm(block + "mlp_norm", d, config.normEps(), biases.norm()),
        load.linear(block + "mlp.Wi", 2 * inner, d, biases.mlp()),
        load.linear(block + "mlp.Wo", d, inner, biases.mlp()),
        config.heads());
  }

  /** The same block with other linear layers. */
  ModernBertLayer withLinears(UnaryOperator<FrozenLinear> change) {
    return new ModernBertLayer(
        norm1,
        change.apply(qkv),
        change.apply(output),
        norm2,
        change.apply(gateUp),
        change.apply(down),
        heads);
  }

  /** The linear layers in the order of the computation. */
  List<FrozenLinear> linears() {
    return List.of(qkv, output, gateUp, down);
  }

  /** Overwrites Y. */
  Saved forward(Pass pass, Adapters adapters, Matrix x, Tokens tokens, Matrix y) {
    int d = x.rows();
    int columns = x.columns();
    Matrix n = norm1 == null ? x : pass.matrix(d, columns);
    LayerNorm.Saved saved1 = norm1 == null ? null : norm1.forward(pass, x, n);
    Matrix joint = pass.matrix(3 * d, columns);
    Adapter.Saved aQkv = AdaptedLinear.forward(pass, qkv, adapters.get(qkv), n, joint);
    Matrix q = third(joint, 0);
    Matrix k = third(joint, 1);
    RotaryEmbedding.forward(pass, q, tokens.angles, d / heads);
    RotaryEmbedding.forward(pass, k, tokens.angles, d / heads);
    Matrix o = pass.matrix(d, columns);
    Matrix logSumExp = pass.matrix(heads, columns);
    tokens.attention.forward(pass, q, k, third(joint, 2), tokens.batch, o, logSumExp);
    Matrix h = pass.matrix(d, columns);
    Adapter.Saved aOutput = AdaptedLinear.forward(pass, output, adapters.get(output), o, h);
    pass.kernels().add(1, x, h);
    Matrix p = pass.matrix(d, columns);
    LayerNorm.Saved saved2 = norm2.forward(pass, h, p);
    Matrix inner = pass.matrix(gateUp.out(), columns);
    Adapter.Saved aGateUp = AdaptedLinear.forward(pass, gateUp, adapters.get(gateUp), p, inner);
    Matrix a = pass.matrix(down.in(), columns);
    ACTIVATION.forward(pass, gate(inner), up(inner), a);
    Adapter.Saved aDown = AdaptedLinear.forward(pass, down, adapters.get(down), a, y);
    pass.kernels().add(1, h, y);
    return new Saved(saved1, joint, o, logSumExp, saved2, inner, aQkv, aOutput, aGateUp, aDown);
  }

  /** Overwrites dX; null where nothing below is trained. */
  void backward(Pass pass, Adapters adapters, Saved s, Tokens tokens, Matrix dY, Matrix dX) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    int columns = dY.columns();
    Matrix dInner = pass.matrix(gateUp.out(), columns);
    Matrix dUp = up(dInner); // dA at first
    AdaptedLinear.backward(pass, down, adapters.get(down), s.aDown, dY, 0, dUp);
    ACTIVATION.backward(pass, gate(s.gateUp), up(s.gateUp), dUp, gate(dInner), dUp);
    Matrix dH = pass.matrix(d, columns);
    AdaptedLinear.backward(pass, gateUp, adapters.get(gateUp), s.aGateUp, dInner, 0, dH);
    norm2.backward(pass, s.norm2, dH, dH);
    pass.kernels().add(1, dY, dH);
    Matrix dO = pass.matrix(d, columns);
    AdaptedLinear.backward(pass, output, adapters.get(output), s.aOutput, dH, 0, dO);
    Matrix joint = pass.matrix(3 * d, columns);
    Matrix dQ = third(joint, 0);
    Matrix dK = third(joint, 1);
    tokens.attention.backward(
        pass,
        third(s.qkv, 0),
        third(s.qkv, 1),
        third(s.qkv, 2),
        tokens.batch,
        s.o,
        s.logSumExp,
        dO,
        dQ,
        dK,
        third(joint, 2));
    RotaryEmbedding.backward(pass, dQ, tokens.angles, d / heads);
    RotaryEmbedding.backward(pass, dK, tokens.angles, d / heads);
    AdaptedLinear.backward(pass, qkv, adapters.get(qkv), s.aQkv, joint, 0, dX);
    if (dX != null) {
      if (norm1 != null) {
        norm1.backward(pass, s.norm1, dX, dX);
      }
      pass.kernels().add(1, dH, dX);
    }
    pass.arena().release(mark);
  }

  /** Q, K or V. */
  private static Matrix third(Matrix joint, int number) {
    int d = joint.rows() / 3;
    return joint.rows(number * d, (number + 1) * d);
  }

  private static Matrix gate(Matrix joint) {
    return joint.rows(0, joint.rows() / 2);
  }

  private static Matrix up(Matrix joint) {
    return joint.rows(joint.rows() / 2, joint.rows());
  }
}
