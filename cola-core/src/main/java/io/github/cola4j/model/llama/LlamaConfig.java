package io.github.cola4j.model.llama;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.RotaryEmbedding;
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
    implements Decoder.Config {

  /** Features of a head at most: tables of so many are made before the weights are looked at. */
  private static final int MAX_WIDTH = 65_536;

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

  /** Keys and values of a token [numKeyValueHeads · dh]. */
  int keySize() {
    return attention.get(0).numKeyValueHeads() * attention.get(0).width();
  }

  /** Queries of a token [h · dh]. */
  int querySize() {
    return attention.get(0).heads() * attention.get(0).width();
  }

  /** Reads {@code config.json}; what would change the computation and is not implemented fails. */
  public static LlamaConfig read(ConfigKeys keys) {
    String type = keys.text("model_type", "");
    Defaults defaults = Defaults.of(type);
    keys.onlyIfPresent("hidden_act", "silu");
    for (String architecture : keys.texts("architectures")) {
      if (!architecture.endsWith("ForCausalLM")) {
        throw keys.wrong("architectures", "one that ends with ForCausalLM");
      }
    }
    keys.quantization();
    int hidden = keys.size("hidden_size", 4096);
    int heads = keys.size("num_attention_heads", 32);
    int width = keys.size("head_dim", hidden / heads);
    if (width % 2 != 0 || (!keys.has("head_dim") && hidden % heads != 0)) {
      throw keys.wrong("head_dim", "even, or hidden_size a multiple of num_attention_heads");
    }
    if (width > MAX_WIDTH) {
      throw keys.wrong(
          "head_dim", "at most " + MAX_WIDTH + ", as hidden_size / num_attention_heads");
    }
    int numKeyValueHeads = keys.size("num_key_value_heads", heads);
    if (heads % numKeyValueHeads != 0) {
      throw keys.wrong("num_key_value_heads", "a divisor of num_attention_heads, " + heads);
    }
    int[] windows = windows(keys, type, keys.layers(32));
    boolean bias = keys.flag("attention_bias", false);
    return new LlamaConfig(
        type,
        keys.size("vocab_size", defaults.vocabSize),
        hidden,
        keys.size("intermediate_size", defaults.intermediateSize),
        keys.size("max_position_embeddings", defaults.maxPositions),
        epsilon(keys),
        IntStream.of(windows)
            .mapToObj(window -> new CausalAttention(heads, numKeyValueHeads, width, window))
            .toList(),
        RotaryKeys.read(keys, width),
        new Biases(bias || type.equals("qwen2"), bias, keys.flag("mlp_bias", false)),
        keys.flag("tie_word_embeddings", false));
  }

  /** What transformers' configuration of a model type has where a file says nothing. */
  private record Defaults(int vocabSize, int intermediateSize, int maxPositions) {
    static Defaults of(String type) {
      return switch (type) {
        case "mistral" -> new Defaults(32_000, 14_336, 131_072);
        case "qwen2" -> new Defaults(151_936, 22_016, 32_768);
        default -> new Defaults(32_000, 11_008, 2048);
      };
    }
  }

  private static double epsilon(ConfigKeys keys) {
    double epsilon = keys.number("rms_norm_eps", 1e-6);
    if (!(epsilon > 0 && epsilon < 1)) {
      throw keys.wrong("rms_norm_eps", "between 0 and 1");
    }
    return epsilon;
  }

  /** Each block's window, 0 for none. */
  private static int[] windows(ConfigKeys keys, String type, int layers) {
    boolean used =
        switch (type) {
          case "mistral" -> !keys.isNull("sliding_window");
          case "qwen2" -> keys.flag("use_sliding_window", false) && !keys.isNull("sliding_window");
          default -> false;
        };
    List<String> kinds = keys.texts("layer_types");
    if (!kinds.isEmpty() && kinds.size() != layers) {
      throw keys.wrong("layer_types", "a list of num_hidden_layers = " + layers + " kinds");
    }
    int full = type.equals("qwen2") ? keys.count("max_window_layers", 28) : 0;
    int[] windows = new int[layers];
    for (int i = 0; i < layers; i++) {
      String kind = kinds.isEmpty() ? null : kinds.get(i);
      if (kind != null && !kind.equals("full_attention") && !kind.equals("sliding_attention")) {
        throw keys.wrong("layer_types", "full_attention or sliding_attention");
      }
      boolean slides = kind == null ? used && i >= full : kind.equals("sliding_attention");
      windows[i] = slides ? keys.size("sliding_window", 4096) : 0;
    }
    return windows;
  }
}
