package io.github.cola4j.model.llama;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import io.github.cola4j.nn.layer.RotaryScaling;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The keys of a decoder's {@code config.json} that say how queries and keys are rotated: {@code
 * rope_theta} and {@code rope_scaling}, or {@code rope_parameters} in newer files. A key that would
 * not be used is refused, since a model that is rotated in another way gives no error, but other
 * numbers.
 */
final class RotaryKeys {
  static final String FULL = "full_attention";
  static final String SLIDING = "sliding_attention";

  private static final String THETA = "rope_theta";
  private static final String LOCAL_THETA = "rope_local_base_freq";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String POSITIONS = "max_position_embeddings";
  private static final String NEWER = "rope_parameters";
  private static final String OLDER = "rope_scaling";
  private static final Set<String> OUTSIDE = Set.of(THETA, OLDER, NEWER, "rope_interleaved");

  /** The only ones whose code in transformers turns a part of a head. */
  private static final Set<String> PARTLY = Set.of("phi3", "stablelm");

  private static final Set<String> BY_KIND = Set.of("gemma3_text");

  private final ConfigKeys keys;
  private final String modelType;
  private final int width;

  /**
   * Keys of a file.
   *
   * @param width of a head
   */
  RotaryKeys(ConfigKeys keys, String modelType, int width) {
    this.keys = keys;
    this.modelType = modelType;
    this.width = width;
    Set<String> known =
        BY_KIND.contains(modelType)
            ? Stream.concat(OUTSIDE.stream(), Stream.of(LOCAL_THETA)).collect(Collectors.toSet())
            : OUTSIDE;
    keys.requireOnly(known, key -> key.startsWith("rope_"), "it is not implemented");
    if (keys.flag("rope_interleaved", false)) {
      throw keys.wrong("rope_interleaved", "false or absent");
    }
  }

  /** The rotation of each kind of layers. */
  Map<String, RotaryEmbedding> read() {
    if (BY_KIND.contains(modelType)) {
      double local = positive(keys, LOCAL_THETA, 10_000);
      return Map.of(
          FULL, read(ofKind(FULL), positive(keys, THETA, 1_000_000)),
          SLIDING, read(ofKind(SLIDING), local));
    }
    ConfigKeys parameters = parameters();
    double theta = positive(keys, THETA, modelType.equals("smollm3") ? 2_000_000 : 10_000);
    if (parameters != null && keys.has(THETA) && positive(parameters, THETA, theta) != theta) {
      throw parameters.wrong(THETA, "that of the key outside, " + theta);
    }
    RotaryEmbedding all = read(parameters, theta);
    return Map.of(FULL, all, SLIDING, all);
  }

  private RotaryEmbedding read(ConfigKeys parameters, double outside) {
    if (parameters == null) {
      return RotaryEmbedding.of(outside, turned(null), null);
    }
    Type type = type(parameters);
    double theta = positive(parameters, THETA, outside);
    int turned = turned(parameters);
    return switch (type) {
      // dynamic is for sequences beyond max_position_embeddings, which are refused
      case DEFAULT, DYNAMIC -> RotaryEmbedding.of(theta, turned, null);
      case LINEAR ->
          RotaryEmbedding.of(theta, turned, null).withLinearScaling(positive(parameters, "factor"));
      case LLAMA3 ->
          RotaryEmbedding.of(
              theta,
              turned,
              new RotaryEmbedding.Llama3Scaling(
                  positive(parameters, "factor"),
                  positive(parameters, "low_freq_factor"),
                  positive(parameters, "high_freq_factor"),
                  original(parameters)));
      case YARN -> yarn(parameters).rotary(theta, turned);
      case LONGROPE -> longRope(parameters, turned / 2).rotary(theta, turned);
    };
  }

  private enum Type {
    DEFAULT(),
    LINEAR("factor"),
    DYNAMIC("factor"),
    LLAMA3("factor", "low_freq_factor", "high_freq_factor", ORIGINAL),
    YARN(
        "factor",
        "attention_factor",
        "beta_fast",
        "beta_slow",
        "mscale",
        "mscale_all_dim",
        "truncate",
        ORIGINAL),
    LONGROPE("factor", "attention_factor", "short_factor", "long_factor", ORIGINAL);

    private final Set<String> used;

    Type(String... used) {
      this.used =
          Stream.concat(Stream.of(used), Stream.of(THETA, PARTIAL, "rope_type", "type"))
              .collect(Collectors.toUnmodifiableSet());
    }
  }

  private RotaryScaling.Yarn yarn(ConfigKeys parameters) {
    double original = original(parameters);
    double factor =
        parameters.isNull("factor")
            ? keys.size(POSITIONS) / original
            : positive(parameters, "factor");
    double attention;
    if (parameters.has("attention_factor")) {
      attention = positive(parameters, "attention_factor");
    } else if (positive(parameters, "mscale", 0) != 0
        && positive(parameters, "mscale_all_dim", 0) != 0) {
      attention =
          RotaryScaling.Yarn.attentionFactor(factor, parameters.number("mscale"))
              / RotaryScaling.Yarn.attentionFactor(factor, parameters.number("mscale_all_dim"));
    } else {
      attention = RotaryScaling.Yarn.attentionFactor(factor, 1);
    }
    return new RotaryScaling.Yarn(
        factor,
        attention,
        positive(parameters, "beta_fast", 32),
        positive(parameters, "beta_slow", 1),
        original,
        parameters.flag("truncate", true));
  }

  private RotaryScaling.LongRope longRope(ConfigKeys parameters, int pairs) {
    double original = original(parameters);
    double factor = positive(parameters, "factor", keys.size(POSITIONS) / original);
    double attention =
        positive(
            parameters,
            "attention_factor",
            RotaryScaling.LongRope.attentionFactor(factor, original));
    return new RotaryScaling.LongRope(
        divisors(parameters, "short_factor", pairs),
        divisors(parameters, "long_factor", pairs),
        attention,
        (int) original);
  }

  private static double[] divisors(ConfigKeys parameters, String key, int pairs) {
    double[] divisors = parameters.numbers(key);
    for (double divisor : divisors) {
      if (!(divisor > 0)) {
        throw parameters.wrong(key, "a list of numbers above 0");
      }
    }
    if (divisors.length != pairs) {
      throw parameters.wrong(key, "a list of " + pairs + " numbers, one for each pair of features");
    }
    return divisors;
  }

  /** The kind of rotation; keys that it does not use are refused. */
  private Type type(ConfigKeys parameters) {
    for (var field : parameters.root().properties()) {
      if (field.getValue().isObject()) {
        throw parameters.wrong(
            field.getKey(),
            "absent: rotations of single kinds of layers are not implemented; where all layers have"
                + " the same one, put its keys in place of this one");
      }
    }
    String key = parameters.has("rope_type") ? "rope_type" : "type";
    String name = parameters.text(key, "default");
    if (!parameters.text("type", name).equals(name)) {
      throw parameters.wrong("type", "absent, or \"" + name + "\" as rope_type");
    }
    Type type = modelType.equals("phi3") ? phi3(parameters, key, name) : any(parameters, key, name);
    parameters.requireOnly(
        type.used,
        unused -> true,
        parameters.has(key)
            ? "rope_type \"" + name + "\" does not use it"
            : "without rope_type nothing uses it");
    return type;
  }

  private static Type any(ConfigKeys parameters, String key, String name) {
    return switch (name) {
      case "default" -> Type.DEFAULT;
      case "linear" -> Type.LINEAR;
      case "dynamic" -> Type.DYNAMIC;
      case "llama3" -> Type.LLAMA3;
      case "yarn" -> Type.YARN;
      case "longrope" -> Type.LONGROPE;
      default ->
          throw parameters.wrong(
              key, "\"default\", \"linear\", \"dynamic\", \"llama3\", \"yarn\" or \"longrope\"");
    };
  }

  /** Phi-3 has two, of which the second had other names. */
  private static Type phi3(ConfigKeys parameters, String key, String name) {
    return switch (name) {
      case "default" -> Type.DEFAULT;
      case "longrope", "su", "yarn" -> Type.LONGROPE;
      default -> throw parameters.wrong(key, "\"default\" or \"longrope\", which Phi-3 has");
    };
  }

  /** The object of the older or the newer form; null where there is none. */
  private ConfigKeys parameters() {
    ConfigKeys newer = keys.object(NEWER);
    ConfigKeys older = keys.object(OLDER);
    if (newer != null && older != null && !newer.root().equals(older.root())) {
      throw keys.wrong(OLDER, "absent beside rope_parameters, or equal to it");
    }
    return newer == null ? older : newer;
  }

  /** Likewise of a model with an object for each kind of layer; the older form is of full ones. */
  private ConfigKeys ofKind(String kind) {
    ConfigKeys newer = keys.object(NEWER);
    ConfigKeys older = keys.object(OLDER);
    if (newer == null) {
      return kind.equals(FULL) ? older : null;
    }
    if (older != null) {
      throw keys.wrong(OLDER, "absent beside rope_parameters");
    }
    newer.requireOnly(
        Set.of(FULL, SLIDING),
        key -> true,
        "rope_parameters has an object for each of the keys full_attention and sliding_attention");
    return newer.object(kind);
  }

  /** How many features of a head turn. */
  private int turned(ConfigKeys parameters) {
    ConfigKeys from = parameters != null && parameters.has(PARTIAL) ? parameters : keys;
    double share = from.number(PARTIAL, 1);
    if (!PARTLY.contains(modelType) && share != 1) {
      throw from.wrong(PARTIAL, "1 or absent, as transformers does not use it in a " + modelType);
    }
    int turned = (int) (width * share);
    if (!(share > 0 && share <= 1) || turned % 2 != 0 || turned == 0) {
      throw from.wrong(
          PARTIAL, "above 0 and at most 1, and an even share of a head of " + width + " features");
    }
    return turned;
  }

  /** The length of the first training; the key outside is that of Phi-3, and goes first. */
  private double original(ConfigKeys parameters) {
    if (keys.has(ORIGINAL)) {
      return keys.size(ORIGINAL);
    }
    return parameters.size(ORIGINAL, keys.size(POSITIONS));
  }

  private static double positive(ConfigKeys keys, String key, double otherwise) {
    return keys.has(key) ? positive(keys, key) : otherwise;
  }

  private static double positive(ConfigKeys keys, String key) {
    double value = keys.number(key);
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw keys.wrong(key, "above 0");
    }
    return value;
  }
}
