package io.github.cola4j.model.llama;

import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.Norm;
import io.github.cola4j.nn.layer.Scaling;
import java.util.List;
import java.util.stream.IntStream;

/** Loads a decoder's blocks, under the names that transformers gives their tensors. */
final class LlamaBlocks {
  private final LlamaConfig config;
  private final WeightLoader load;
  private final int d;

  private LlamaBlocks(LlamaConfig config, WeightLoader load) {
    this.config = config;
    this.load = load;
    this.d = config.hiddenSize();
  }

  static List<LlamaLayer> load(LlamaConfig config, WeightLoader load) {
    LlamaBlocks blocks = new LlamaBlocks(config, load);
    return IntStream.range(0, config.layers()).mapToObj(blocks::layer).toList();
  }

  private LlamaLayer layer(int i) {
    String layer = "model.layers." + i + ".";
    return switch (config.norms().placement()) {
      case BEFORE ->
          layer(
              i,
              norm(layer + "input_layernorm"),
              null,
              norm(layer + "post_attention_layernorm"),
              null);
      case AFTER ->
          layer(
              i,
              null,
              norm(layer + "post_attention_layernorm"),
              null,
              norm(layer + "post_feedforward_layernorm"));
      case AROUND ->
          layer(
              i,
              norm(layer + "input_layernorm"),
              norm(layer + "post_attention_layernorm"),
              norm(layer + "pre_feedforward_layernorm"),
              norm(layer + "post_feedforward_layernorm"));
    };
  }

  /** A block whose halves have these norms before and after them. */
  private LlamaLayer layer(int i, Norm before1, Norm after1, Norm before2, Norm after2) {
    String layer = "model.layers." + i + ".";
    String own = layer + "self_attn.";
    LlamaConfig.Biases bias = config.linears().biases();
    Scaling residual = Scaling.of(load.type(), config.multipliers().residual(), d);
    SelfAttention attention =
        new SelfAttention(
            before1,
            queriesKeysValues(own),
            headNorm(own + "q_norm", config.querySize()),
            headNorm(own + "k_norm", config.keySize()),
            Scaling.of(load.type(), config.queryMultiplier(), config.querySize()),
            config.attention().get(i),
            load.linear(own + "o_proj", d, config.querySize(), bias.output()),
            new Residual(after1, residual));
    FeedForward feedForward =
        new FeedForward(
            before2,
            inner(layer + "mlp."),
            config.linears().activation(),
            load.linear(
                layer + "mlp." + (isGated() ? "down_proj" : "c_proj"),
                d,
                config.intermediateSize(),
                bias.feedForward()),
            new Residual(after2, residual));
    return new LlamaLayer(attention, feedForward);
  }

  private Projections queriesKeysValues(String prefix) {
    int queries = config.querySize();
    int keys = config.keySize();
    boolean bias = config.linears().biases().inputs();
    if (config.linears().fused()) {
      FrozenLinear joint = load.linear(prefix + "qkv_proj", queries + 2 * keys, d, bias);
      return new Projections(List.of(joint), List.of(queries, keys, keys));
    }
    return Projections.of(
        load.linear(prefix + "q_proj", queries, d, bias),
        load.linear(prefix + "k_proj", keys, d, bias),
        load.linear(prefix + "v_proj", keys, d, bias));
  }

  private boolean isGated() {
    return config.linears().activation().inputs() == 2;
  }

  /** The feed-forward's first layers. */
  private Projections inner(String prefix) {
    int inner = config.intermediateSize();
    boolean bias = config.linears().biases().feedForward();
    if (!isGated()) {
      return Projections.of(load.linear(prefix + "c_fc", inner, d, bias));
    }
    if (config.linears().fused()) {
      FrozenLinear joint = load.linear(prefix + "gate_up_proj", 2 * inner, d, bias);
      return new Projections(List.of(joint), List.of(inner, inner));
    }
    return Projections.of(
        load.linear(prefix + "gate_proj", inner, d, bias),
        load.linear(prefix + "up_proj", inner, d, bias));
  }

  /** The norm of queries or keys; null for none. */
  private Norm headNorm(String name, int all) {
    LlamaConfig.Norms norms = config.norms();
    return switch (norms.queriesAndKeys()) {
      case NONE -> null;
      case HEAD -> load.rmsNorm(name, config.width(), norms.eps(), norms.offset());
      case ALL -> load.rmsNorm(name, all, norms.eps(), norms.offset());
    };
  }

  private Norm norm(String name) {
    return norm(config, load, name);
  }

  /** A norm of a token's features. */
  static Norm norm(LlamaConfig config, WeightLoader load, String name) {
    LlamaConfig.Norms norms = config.norms();
    int d = config.hiddenSize();
    return switch (norms.kind()) {
      case RMS -> load.rmsNorm(name, d, norms.eps(), norms.offset());
      case LAYER -> load.layerNorm(name, d, norms.eps());
    };
  }
}
