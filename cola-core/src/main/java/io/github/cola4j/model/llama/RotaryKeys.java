package io.github.cola4j.model.llama;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.nn.layer.RotaryEmbedding;
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
  private static final String THETA = "rope_theta";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final Set<String> OUTSIDE =
      Set.of(THETA, "rope_scaling", "rope_parameters", "rope_interleaved");

  private RotaryKeys() {}

  /**
   * Reads them.
   *
   * @param width of a head
   */
  static RotaryEmbedding read(ConfigKeys keys, int width) {
    keys.requireOnly(OUTSIDE, key -> key.startsWith("rope_"), "it is not implemented");
    if (keys.flag("rope_interleaved", false)) {
      throw keys.wrong("rope_interleaved", "false or absent");
    }
    requireWhole(keys);
    ConfigKeys parameters = parameters(keys);
    double theta = positive(keys, THETA, 10_000);
    if (parameters == null) {
      return RotaryEmbedding.of(theta, width, null);
    }
    requireWhole(parameters);
    if (keys.has(THETA) && positive(parameters, THETA, theta) != theta) {
      throw parameters.wrong(THETA, "that of the key outside, " + theta);
    }
    theta = positive(parameters, THETA, theta);
    return switch (type(parameters)) {
      case DEFAULT -> RotaryEmbedding.of(theta, width, null);
      case LINEAR ->
          RotaryEmbedding.of(theta, width, null).withLinearScaling(positive(parameters, "factor"));
      case LLAMA3 ->
          RotaryEmbedding.of(
              theta,
              width,
              new RotaryEmbedding.Llama3Scaling(
                  positive(parameters, "factor"),
                  positive(parameters, "low_freq_factor"),
                  positive(parameters, "high_freq_factor"),
                  positive(parameters, "original_max_position_embeddings")));
    };
  }

  private enum Type {
    DEFAULT(),
    LINEAR("factor"),
    LLAMA3("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");

    private final Set<String> used;

    Type(String... used) {
      this.used =
          Stream.concat(Stream.of(used), Stream.of(THETA, PARTIAL, "rope_type", "type"))
              .collect(Collectors.toUnmodifiableSet());
    }
  }

  /** The kind of rotation; keys that it does not use are refused. */
  private static Type type(ConfigKeys parameters) {
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
    Type type =
        switch (name) {
          case "default" -> Type.DEFAULT;
          case "linear" -> Type.LINEAR;
          case "llama3" -> Type.LLAMA3;
          default -> throw parameters.wrong(key, "\"default\", \"linear\" or \"llama3\"");
        };
    parameters.requireOnly(
        type.used,
        unused -> true,
        parameters.has(key)
            ? "rope_type \"" + name + "\" does not use it"
            : "without rope_type nothing uses it");
    return type;
  }

  /** The object of the older or the newer form; null where there is none. */
  private static ConfigKeys parameters(ConfigKeys keys) {
    ConfigKeys newer = keys.object("rope_parameters");
    ConfigKeys older = keys.object("rope_scaling");
    if (newer != null && older != null && !newer.root().equals(older.root())) {
      throw keys.wrong("rope_scaling", "absent beside rope_parameters, or equal to it");
    }
    return newer == null ? older : newer;
  }

  private static void requireWhole(ConfigKeys keys) {
    if (keys.number(PARTIAL, 1) != 1) {
      throw keys.wrong(PARTIAL, "1 or absent");
    }
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
