package io.github.cola4j.model.toy;

import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.CausalAttention;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * An architecture that only these tests have: one feed-forward block, whose tokens see nothing but
 * themselves. It can be trained for both purposes, and its files put {@code net.} before each name.
 */
public final class ToyArchitecture implements Architecture {
  static final String PREFIX = "net.";

  /** The sizes of {@code config.json}. */
  record Config(
      String modelType, int vocabSize, int hiddenSize, int intermediateSize, int maxPositions)
      implements Decoder.Config {
    @Override
    public int layers() {
      return 1;
    }

    @Override
    public int heads() {
      return 1;
    }

    @Override
    public List<CausalAttention> attention() {
      return List.of();
    }
  }

  @Override
  public Set<String> modelTypes() {
    return Set.of("toy");
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return new Config(
        keys.only("model_type", "toy"),
        keys.size("vocabulary"),
        keys.size("width"),
        keys.size("inner_width"),
        keys.size("positions"));
  }

  @Override
  public Transformer load(TransformerConfig config, WeightLoader weights) {
    return new ToyTransformer((Config) config, weights);
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.CLASSIFICATION, Purpose.DIALOGUE);
  }

  @Override
  public Peft peft() {
    return new Peft(PREFIX, "score", "CAUSAL_LM", Set.of());
  }

  @Override
  public UnaryOperator<String> names(Collection<String> names) {
    return name -> name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }
}
