package io.github.cola4j.model;

import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.RotaryEmbedding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The architecture of a decoder of the Llama family (arXiv 2302.13971): Llama 2 and 3, SmolLM,
 * TinyLlama, Mistral (arXiv 2310.06825), Qwen2 and 2.5 (arXiv 2407.10671).
 *
 * @param modelType {@code llama}, {@code mistral} or {@code qwen2}
 * @param vocabSize entries of the token table
 * @param hiddenSize d
 * @param intermediateSize width of the feed-forward's inner layer
 * @param maxPositions the longest sequence, in tokens
 * @param rmsNormEps added to the mean of the squares in every normalisation
 * @param attention the form of each block's attention
 * @param rotary the rotation of queries and keys
 * @param biases which linear layers have a bias
 * @param tied whether the vocabulary projection is the token table
 */
public record LlamaConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int maxPositions,
    double rmsNormEps,
    List<CausalAttention> attention,
    RotaryEmbedding rotary,
    Biases biases,
    boolean tied)
    implements TransformerConfig {

  /**
   * Which linear layers have a bias.
   *
   * @param inputs those of queries, keys and values
   * @param output the attention's last
   * @param feedForward those of the feed-forward
   */
  public record Biases(boolean inputs, boolean output, boolean feedForward) {}

  @Override
  public int layers() {
    return attention.size();
  }

  @Override
  public int heads() {
    return attention.get(0).heads();
  }

  /** Keys and values of a token [keyHeads · dh]. */
  int keySize() {
    return attention.get(0).keyHeads() * attention.get(0).width();
  }

  /** Queries of a token [h · dh]. */
  int querySize() {
    return attention.get(0).heads() * attention.get(0).width();
  }

  /** Reads {@code config.json}; what would change the computation and is not implemented fails. */
  static LlamaConfig read(ConfigKeys keys) {
    String type = keys.text("model_type", "");
    keys.only("hidden_act", "silu");
    for (String architecture : keys.texts("architectures")) {
      if (!architecture.endsWith("ForCausalLM")) {
        throw keys.wrong("architectures", "one that ends with ForCausalLM");
      }
    }
    if (keys.has("quantization_config")) {
      throw keys.wrong("quantization_config", "absent; take the model's float weights");
    }
    if (keys.number("partial_rotary_factor", 1) != 1) {
      throw keys.wrong("partial_rotary_factor", "1 or absent");
    }
    int hidden = keys.size("hidden_size");
    int heads = keys.size("num_attention_heads");
    int width = keys.size("head_dim", hidden / heads);
    if (width % 2 != 0 || (!keys.has("head_dim") && hidden % heads != 0)) {
      throw keys.wrong("head_dim", "even, or hidden_size a multiple of num_attention_heads");
    }
    int keyHeads = keys.size("num_key_value_heads", heads);
    if (heads % keyHeads != 0) {
      throw keys.wrong("num_key_value_heads", "a divisor of num_attention_heads, " + heads);
    }
    int layers = keys.size("num_hidden_layers");
    int[] windows = windows(keys, type, layers);
    boolean bias = keys.flag("attention_bias", false);
    return new LlamaConfig(
        type,
        keys.size("vocab_size"),
        hidden,
        keys.size("intermediate_size"),
        keys.size("max_position_embeddings"),
        epsilon(keys),
        IntStream.of(windows)
            .mapToObj(window -> new CausalAttention(heads, keyHeads, width, window))
            .toList(),
        rotary(keys, width),
        new Biases(bias || type.equals("qwen2"), bias, keys.flag("mlp_bias", false)),
        keys.flag("tie_word_embeddings", false));
  }

  private static double epsilon(ConfigKeys keys) {
    double epsilon = keys.number("rms_norm_eps");
    if (!(epsilon > 0 && epsilon < 1)) {
      throw keys.wrong("rms_norm_eps", "between 0 and 1");
    }
    return epsilon;
  }

  /** Each block's window, 0 for none. */
  private static int[] windows(ConfigKeys keys, String type, int layers) {
    boolean used =
        switch (type) {
          case "mistral" -> keys.has("sliding_window");
          case "qwen2" -> keys.flag("use_sliding_window", false) && keys.has("sliding_window");
          default -> false;
        };
    List<String> kinds = keys.texts("layer_types");
    if (!kinds.isEmpty() && kinds.size() != layers) {
      throw keys.wrong("layer_types", "a list of num_hidden_layers = " + layers + " kinds");
    }
    int full = type.equals("qwen2") ? keys.size("max_window_layers", layers) : 0;
    int[] windows = new int[layers];
    for (int i = 0; i < layers; i++) {
      String kind = kinds.isEmpty() ? null : kinds.get(i);
      if (kind != null && !kind.equals("full_attention") && !kind.equals("sliding_attention")) {
        throw keys.wrong("layer_types", "full_attention or sliding_attention");
      }
      boolean slides = kind == null ? used && i >= full : kind.equals("sliding_attention");
      windows[i] = slides ? keys.size("sliding_window") : 0;
    }
    return windows;
  }

  /** Older files have rope_theta and rope_scaling, newer ones rope_parameters. */
  private static RotaryEmbedding rotary(ConfigKeys keys, int width) {
    ConfigKeys parameters = keys.object("rope_parameters");
    ConfigKeys scaling = parameters == null ? keys.object("rope_scaling") : parameters;
    double theta = positive(keys, "rope_theta", 10_000);
    if (scaling == null) {
      return RotaryEmbedding.of(theta, width, null);
    }
    theta = positive(scaling, "rope_theta", theta);
    String key = scaling.has("rope_type") ? "rope_type" : "type";
    String kind = scaling.text(key, "default");
    return switch (kind) {
      case "default" -> RotaryEmbedding.of(theta, width, null);
      case "linear" -> RotaryEmbedding.of(theta, width, null).slowed(positive(scaling, "factor"));
      case "llama3" ->
          RotaryEmbedding.of(
              theta,
              width,
              new RotaryEmbedding.Stretch(
                  positive(scaling, "factor"),
                  positive(scaling, "low_freq_factor"),
                  positive(scaling, "high_freq_factor"),
                  positive(scaling, "original_max_position_embeddings")));
      default -> throw scaling.wrong(key, "\"default\", \"linear\" or \"llama3\"");
    };
  }

  private static double positive(ConfigKeys keys, String key, double otherwise) {
    return keys.has(key) ? positive(keys, key) : otherwise;
  }

  private static double positive(ConfigKeys keys, String key) {
    if (!(keys.number(key) > 0)) {
      throw keys.wrong(key, "above 0");
    }
    return keys.number(key);
  }
}
