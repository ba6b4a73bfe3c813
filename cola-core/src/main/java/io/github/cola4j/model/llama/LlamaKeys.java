package io.github.cola4j.model.llama;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.llama.LlamaConfig.Norms.Placement;
import io.github.cola4j.model.llama.LlamaConfig.Norms.Range;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.Gelu;
import io.github.cola4j.nn.layer.InnerActivation;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reads a decoder's {@code config.json}: what each family's keys mean, as transformers has it. */
final class LlamaKeys {
  /** Features of a head at most: tables of so many are made before the weights are looked at. */
  private static final int MAX_WIDTH = 65_536;

  private static final String WINDOW = "sliding_window";
  private static final String KINDS = "layer_types";

  private final ConfigKeys keys;
  private final String type;

  LlamaKeys(ConfigKeys file) {
    this.type = file.text("model_type", "");
    this.keys = file.withDefaults(LlamaDefaults.of(type));
  }

  LlamaConfig read() {
    for (String architecture : keys.texts("architectures")) {
      if (!architecture.endsWith("ForCausalLM")
          && !architecture.endsWith("ForSequenceClassification")) {
        throw keys.wrong(
            "architectures", "one that ends with ForCausalLM or ForSequenceClassification");
      }
    }
    keys.quantization();
    LlamaConfig.Sizes sizes =
        new LlamaConfig.Sizes(
            keys.size("vocab_size"),
            keys.size("hidden_size"),
            keys.size("intermediate_size"),
            keys.size("max_position_embeddings"));
    int heads = keys.size("num_attention_heads");
    int width = width(sizes.hidden(), heads);
    int numKeyValueHeads = keys.size("num_key_value_heads", heads);
    if (heads % numKeyValueHeads != 0) {
      throw keys.wrong("num_key_value_heads", "a divisor of num_attention_heads, " + heads);
    }
    int layers = keys.layers();
    boolean[] positions = positions(layers);
    List<String> kinds = kinds(positions);
    return new LlamaConfig(
        type,
        sizes,
        kinds.stream()
            .map(
                kind ->
                    new CausalAttention(
                        heads,
                        numKeyValueHeads,
                        width,
                        window(kind),
                        cap("attn_logit_softcapping")))
            .toList(),
        rotary(width, positions, kinds),
        norms(),
        new LlamaConfig.Linears(biases(), type.equals("phi3"), activation()),
        multipliers(sizes.hidden(), width),
        keys.flag("tie_word_embeddings", false));
  }

  private int width(int hidden, int heads) {
    int width = keys.size("head_dim", hidden / heads);
    if (width % 2 != 0 || (!keys.has("head_dim") && hidden % heads != 0)) {
      throw keys.wrong("head_dim", "even, or hidden_size a multiple of num_attention_heads");
    }
    if (type.equals("stablelm") && width * heads != hidden) {
      throw keys.wrong("head_dim", "hidden_size / num_attention_heads, or absent");
    }
    if (width > MAX_WIDTH) {
      throw keys.wrong(
          "head_dim", "at most " + MAX_WIDTH + ", as hidden_size / num_attention_heads");
    }
    return width;
  }

  private LlamaConfig.Norms norms() {
    String key =
        switch (type) {
          case "stablelm" -> "layer_norm_eps";
          case "starcoder2" -> "norm_epsilon";
          default -> "rms_norm_eps";
        };
    double eps = keys.number(key);
    if (!(eps > 0 && eps < 1)) {
      throw keys.wrong(key, "between 0 and 1");
    }
    return switch (type) {
      case "stablelm" -> {
        requireNot("qk_layernorm");
        requireNot("use_parallel_residual");
        yield LlamaConfig.Norms.layer(eps);
      }
      case "starcoder2" -> LlamaConfig.Norms.layer(eps);
      case "qwen3" -> new LlamaConfig.Norms(eps, 0, Placement.BEFORE, Range.HEAD);
      case "olmo2" -> new LlamaConfig.Norms(eps, 0, Placement.AFTER, Range.ALL);
      case "gemma2" -> new LlamaConfig.Norms(eps, 1, Placement.AROUND, Range.NONE);
      case "gemma3_text" -> new LlamaConfig.Norms(eps, 1, Placement.AROUND, Range.HEAD);
      default -> LlamaConfig.Norms.before(eps);
    };
  }

  private void requireNot(String key) {
    if (keys.flag(key, false)) {
      throw keys.wrong(key, "false or absent");
    }
  }

  private InnerActivation activation() {
    if (type.equals("starcoder2")) {
      keys.onlyIfPresent("hidden_act", "gelu_pytorch_tanh");
      return Gelu.TANH;
    }
    if (isGemma()) {
      keys.only("hidden_activation", "gelu_pytorch_tanh");
      return GatedActivation.GEGLU_TANH;
    }
    keys.onlyIfPresent("hidden_act", "silu");
    return GatedActivation.SWIGLU;
  }

  private LlamaConfig.Biases biases() {
    if (type.equals("stablelm")) {
      return new LlamaConfig.Biases(keys.flag("use_qkv_bias", false), false, false);
    }
    if (type.equals("starcoder2")) {
      boolean all = keys.flag("use_bias", true);
      return new LlamaConfig.Biases(all, all, all);
    }
    boolean bias = keys.flag("attention_bias", false);
    return new LlamaConfig.Biases(bias || type.equals("qwen2"), bias, keys.flag("mlp_bias", false));
  }

  private LlamaConfig.Multipliers multipliers(int hidden, int width) {
    return switch (type) {
      case "granite" ->
          new LlamaConfig.Multipliers(
              factor("embedding_multiplier"),
              factor("attention_multiplier"),
              factor("residual_multiplier"),
              1 / factor("logits_scaling"));
      case "gemma2", "gemma3_text" -> {
        requireNot("use_bidirectional_attention");
        double scores = 1 / Math.sqrt(factor("query_pre_attn_scalar"));
        yield new LlamaConfig.Multipliers(
            Math.sqrt(hidden), scores, 1, 1, cap("final_logit_softcapping"));
      }
      default -> LlamaConfig.Multipliers.ofWidth(width);
    };
  }

  private boolean isGemma() {
    return type.equals("gemma2") || type.equals("gemma3_text");
  }

  /** What caps scores or logits; 0 where they are not. */
  private double cap(String key) {
    return isGemma() && keys.has(key) ? factor(key) : 0;
  }

  private double factor(String key) {
    double factor = keys.number(key);
    if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
      throw keys.wrong(key, "above 0");
    }
    return factor;
  }

  /** Which blocks rotate their queries and keys. */
  private boolean[] positions(int layers) {
    boolean[] positions = new boolean[layers];
    boolean some = type.equals("smollm3");
    double[] given = some && keys.has("no_rope_layers") ? keys.numbers("no_rope_layers") : null;
    if (given != null && given.length < layers) {
      throw keys.wrong("no_rope_layers", "a list of num_hidden_layers = " + layers + " numbers");
    }
    int interval = some ? keys.size("no_rope_layer_interval") : 0;
    for (int i = 0; i < layers; i++) {
      positions[i] = !some || (given == null ? (i + 1) % interval != 0 : given[i] != 0);
    }
    return positions;
  }

  private List<RotaryEmbedding> rotary(int width, boolean[] positions, List<String> kinds) {
    Map<String, RotaryEmbedding> all = new RotaryKeys(keys, type, width).read();
    return IntStream.range(0, positions.length)
        .mapToObj(i -> positions[i] ? all.get(kinds.get(i)) : RotaryEmbedding.NONE)
        .toList();
  }

  private int window(String kind) {
    return kind.equals(RotaryKeys.SLIDING) ? keys.size(WINDOW) : 0;
  }

  /** Whether each block's attention is full or slides. */
  private List<String> kinds(boolean[] positions) {
    List<String> kinds = keys.texts(KINDS);
    if (type.equals("starcoder2") && !kinds.isEmpty()) {
      throw keys.wrong(KINDS, "absent: all blocks of a starcoder2 are alike");
    }
    int layers = positions.length;
    if (!kinds.isEmpty() && kinds.size() != layers) {
      throw keys.wrong(KINDS, "a list of num_hidden_layers = " + layers + " kinds");
    }
    if (!List.of(RotaryKeys.FULL, RotaryKeys.SLIDING).containsAll(kinds)) {
      throw keys.wrong(KINDS, "full_attention or sliding_attention");
    }
    if (kinds.contains(RotaryKeys.SLIDING) && !hasWindows()) {
      throw keys.wrong(
          KINDS, "full_attention alone: without a sliding_window that is used no block slides");
    }
    return IntStream.range(0, layers)
        .mapToObj(
            i -> {
              if (!kinds.isEmpty()) {
                return kinds.get(i);
              }
              boolean slides = hasWindows() && slides(i, positions[i]);
              return slides ? RotaryKeys.SLIDING : RotaryKeys.FULL;
            })
        .toList();
  }

  private boolean hasWindows() {
    return keys.has(WINDOW)
        && switch (type) {
          case "mistral", "phi3", "gemma2", "gemma3_text", "starcoder2" -> true;
          case "qwen2", "qwen3", "smollm3" -> keys.flag("use_sliding_window", false);
          default -> false;
        };
  }

  /** Whether a block of a model with windows slides where {@code layer_types} says nothing. */
  private boolean slides(int layer, boolean hasPositions) {
    return switch (type) {
      case "qwen2", "qwen3" -> layer >= keys.count("max_window_layers", 28);
      case "smollm3" -> !hasPositions;
      case "gemma2" -> layer % 2 == 0;
      case "gemma3_text" -> (layer + 1) % keys.size("sliding_window_pattern", 6) != 0;
      default -> true;
    };
  }
}
