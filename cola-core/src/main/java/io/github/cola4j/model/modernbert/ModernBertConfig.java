package io.github.cola4j.model.modernbert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The architecture of a ModernBERT (arXiv 2412.13663).
 *
 * @param vocabSize entries of the token table
 * @param hiddenSize d, a multiple of {@code heads}
 * @param maxPositions the longest sequence, in tokens
 * @param normEps added to the variance in every layer normalisation
 * @param blocks the blocks' sizes
 * @param attention what tokens of each block see
 * @param biases which modules have one
 * @param classifierTokens what the model's own classifier looks at: the first token or the mean
 */
public record ModernBertConfig(
    int vocabSize,
    int hiddenSize,
    int maxPositions,
    double normEps,
    Blocks blocks,
    Attention attention,
    Biases biases,
    Pooling classifierTokens)
    implements TransformerConfig {
  static final String MODEL_TYPE = "modernbert";

  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";
  private static final String ROTATIONS = "rope_parameters";
  private static final String THETA = "rope_theta";
  private static final String WINDOW = "sliding_window";

  /**
   * The blocks.
   *
   * @param heads attention heads of d / heads each
   * @param intermediateSize width of the feed-forward's inner layer
   */
  public record Blocks(int count, int heads, int intermediateSize) {
    /** Checks every value. */
    public Blocks {
      positive("layers", count);
      positive("heads", heads);
      positive("intermediateSize", intermediateSize);
    }
  }

  /**
   * What tokens see: all others of their sequence, or in local blocks those at most {@code reach}
   * places away.
   *
   * @param local of each block
   * @param reach half of {@code local_attention}
   * @param globalTheta the rotation's base in blocks that are not local
   * @param localTheta that in local ones
   */
  public record Attention(List<Boolean> local, int reach, double globalTheta, double localTheta) {
    /** Copies the list. */
    public Attention {
      local = List.copyOf(local);
      if (reach < 0) {
        throw new IllegalArgumentException("reach must be at least 0, got " + reach);
      }
    }
  }

  /** Which modules have a bias: linear layers of each half, normalisations, the classifier's. */
  public record Biases(boolean attention, boolean mlp, boolean norm, boolean classifier) {}

  /** Checks every value. */
  public ModernBertConfig {
    positive("vocabSize", vocabSize);
    positive("hiddenSize", hiddenSize);
    positive("maxPositions", maxPositions);
    if (hiddenSize % blocks.heads != 0 || hiddenSize / blocks.heads % 2 != 0) {
      throw new IllegalArgumentException(
          "hidden_size must be an even multiple of num_attention_heads, whose features rotate by"
              + " pairs, got "
              + hiddenSize
              + " and "
              + blocks.heads);
    }
    if (attention.local.size() != blocks.count) {
      throw new IllegalArgumentException(
          "layer_types must have an entry for each of "
              + blocks.count
              + " layers, got "
              + attention.local.size());
    }
    if (!(normEps > 0 && normEps < 1)) {
      throw new IllegalArgumentException("norm_eps must be between 0 and 1, got " + normEps);
    }
  }

  /**
   * Reads {@code config.json}. What is left out has the value of transformers' {@code
   * ModernBertConfig}.
   */
  static ModernBertConfig read(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_activation", "gelu");
    keys.onlyIfPresent("classifier_activation", "gelu");
    keys.quantization();
    int layers = keys.layers(22);
    int d = keys.size("hidden_size", 768);
    int heads = keys.size("num_attention_heads", 12);
    if (keys.has("head_dim") && keys.size("head_dim") * heads != d) {
      throw keys.wrong("head_dim", "absent, or hidden_size / num_attention_heads");
    }
    int width = keys.count("local_attention", 128);
    if (keys.has(WINDOW) && keys.count(WINDOW, 0) != width / 2) {
      throw keys.wrong(WINDOW, "absent, or half of local_attention, which is " + width);
    }
    return new ModernBertConfig(
        keys.size("vocab_size", 50_368),
        d,
        keys.size("max_position_embeddings", 8192),
        keys.number("norm_eps", 1e-5),
        new Blocks(layers, heads, keys.size("intermediate_size", 1152)),
        new Attention(
            local(keys, layers),
            width / 2,
            theta(keys, FULL, "global_rope_theta", 160_000),
            theta(keys, SLIDING, "local_rope_theta", 10_000)),
        new Biases(
            keys.flag("attention_bias", false),
            keys.flag("mlp_bias", false),
            keys.flag("norm_bias", false),
            keys.flag("classifier_bias", false)),
        classifierTokens(keys));
  }

  /** Which blocks are local: those that {@code layer_types} says, else all but every third. */
  private static List<Boolean> local(ConfigKeys keys, int layers) {
    List<Boolean> local = new ArrayList<>();
    if (keys.has("layer_types")) {
      for (String type : keys.texts("layer_types")) {
        if (!type.equals(FULL) && !type.equals(SLIDING)) {
          throw keys.wrong("layer_types", "a list of full_attention and sliding_attention");
        }
        local.add(type.equals(SLIDING));
      }
      return local;
    }
    int period = keys.size("global_attn_every_n_layers", 3);
    for (int i = 0; i < layers; i++) {
      local.add(i % period != 0);
    }
    return local;
  }

  /** The rotation's base: that of {@code rope_parameters}, else of the older key. */
  private static double theta(ConfigKeys keys, String kind, String older, double otherwise) {
    keys.absent("rope_scaling", "scaled rotations are not implemented");
    ConfigKeys all = keys.object(ROTATIONS);
    ConfigKeys own = null;
    if (all != null) {
      all.requireOnly(
          Set.of(FULL, SLIDING),
          key -> true,
          "rope_parameters has an object for each of the keys full_attention and"
              + " sliding_attention");
      own = all.object(kind);
    }
    if (own != null) {
      own.onlyIfPresent("rope_type", "default");
      own.requireOnly(
          Set.of(THETA, "rope_type"), key -> true, "rope_type \"default\" does not use it");
    }
    boolean newer = own != null && own.has(THETA);
    ConfigKeys from = newer ? own : keys;
    String key = newer ? THETA : older;
    if (from.isNull(key)) {
      throw from.wrong(key, "a number above 0, or left out");
    }
    double theta = from.number(key, otherwise);
    if (!(theta > 0 && theta < Double.POSITIVE_INFINITY)) {
      throw from.wrong(key, "above 0");
    }
    return theta;
  }

  private static Pooling classifierTokens(ConfigKeys keys) {
    return switch (keys.text("classifier_pooling", "cls")) {
      case "cls" -> Pooling.CLS;
      case "mean" -> Pooling.MEAN;
      default -> throw keys.wrong("classifier_pooling", "\"cls\" or \"mean\"");
    };
  }

  /** The rotation of blocks that are not local, or of those that are. */
  RotaryEmbedding rotation(boolean local) {
    double theta = local ? attention.localTheta : attention.globalTheta;
    return RotaryEmbedding.of(theta, hiddenSize / blocks.heads, null);
  }

  @Override
  public String modelType() {
    return MODEL_TYPE;
  }

  @Override
  public int layers() {
    return blocks.count;
  }

  @Override
  public int heads() {
    return blocks.heads;
  }

  @Override
  public int intermediateSize() {
    return blocks.intermediateSize;
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
  }
}
