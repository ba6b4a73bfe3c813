package io.github.cola4j.model.llama;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.llama.LlamaConfig.Norms.Placement;
import io.github.cola4j.model.llama.LlamaConfig.Norms.Range;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.Collections;
import java.util.List;
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
      if (!architecture.endsWith("ForCausalLM")) {
        throw keys.wrong("architectures", "one that ends with ForCausalLM");
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
    List<CausalAttention> attention =
        IntStream.of(windows(layers))
            .mapToObj(window -> new CausalAttention(heads, numKeyValueHeads, width, window))
            .toList();
    return new LlamaConfig(
        type,
        sizes,
        attention,
        rotary(width, layers),
        norms(),
        new LlamaConfig.Linears(biases(), false, activation()),
        LlamaConfig.Multipliers.ofWidth(width),
        keys.flag("tie_word_embeddings", false));
  }

  private int width(int hidden, int heads) {
    int width = keys.size("head_dim", hidden / heads);
    if (width % 2 != 0 || (!keys.has("head_dim") && hidden % heads != 0)) {
      throw keys.wrong("head_dim", "even, or hidden_size a multiple of num_attention_heads");
    }
    if (width > MAX_WIDTH) {
      throw keys.wrong(
          "head_dim", "at most " + MAX_WIDTH + ", as hidden_size / num_attention_heads");
    }
    return width;
  }

  private LlamaConfig.Norms norms() {
    double eps = epsilon();
    return switch (type) {
      case "qwen3" -> new LlamaConfig.Norms(eps, 0, Placement.BEFORE, Range.HEAD);
      default -> LlamaConfig.Norms.before(eps);
    };
  }

  private double epsilon() {
    double epsilon = keys.number("rms_norm_eps");
    if (!(epsilon > 0 && epsilon < 1)) {
      throw keys.wrong("rms_norm_eps", "between 0 and 1");
    }
    return epsilon;
  }

  private GatedActivation activation() {
    keys.onlyIfPresent("hidden_act", "silu");
    return GatedActivation.SWIGLU;
  }

  private LlamaConfig.Biases biases() {
    boolean bias = keys.flag("attention_bias", false);
    return new LlamaConfig.Biases(bias || type.equals("qwen2"), bias, keys.flag("mlp_bias", false));
  }

  private List<RotaryEmbedding> rotary(int width, int layers) {
    return Collections.nCopies(layers, RotaryKeys.read(keys, width));
  }

  /** Each block's window, 0 for none. */
  private int[] windows(int layers) {
    List<String> kinds = keys.texts(KINDS);
    if (!kinds.isEmpty() && kinds.size() != layers) {
      throw keys.wrong(KINDS, "a list of num_hidden_layers = " + layers + " kinds");
    }
    int[] windows = new int[layers];
    for (int i = 0; i < layers; i++) {
      String kind = kinds.isEmpty() ? null : kinds.get(i);
      if (kind != null && !kind.equals("full_attention") && !kind.equals("sliding_attention")) {
        throw keys.wrong(KINDS, "full_attention or sliding_attention");
      }
      boolean slides = kind == null ? slides(i) : kind.equals("sliding_attention");
      windows[i] = slides ? keys.size(WINDOW, 4096) : 0;
    }
    return windows;
  }

  /** Whether a block has a window where {@code layer_types} says nothing. */
  private boolean slides(int layer) {
    if (keys.isNull(WINDOW)) {
      return false;
    }
    return switch (type) {
      case "mistral" -> true;
      case "qwen2", "qwen3" ->
          keys.flag("use_sliding_window", false) && layer >= keys.count("max_window_layers", 28);
      default -> false;
    };
  }
}
