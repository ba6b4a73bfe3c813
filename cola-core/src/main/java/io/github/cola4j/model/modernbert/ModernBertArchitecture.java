package io.github.cola4j.model.modernbert;

import io.github.cola4j.io.weights.BertNames;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** ModernBERT: encoders for classification. */
public final class ModernBertArchitecture implements Architecture {

  @Override
  public Set<String> modelTypes() {
    return Set.of(ModernBertConfig.MODEL_TYPE);
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return ModernBertConfig.read(keys);
  }

  @Override
  public Transformer load(TransformerConfig config, WeightLoader weights) {
    return new ModernBertEncoder((ModernBertConfig) config, weights);
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.CLASSIFICATION);
  }

  @Override
  public Peft peft() {
    return new Peft(
        "model.", "classifier", "FEATURE_EXTRACTION", Set.of(ModernBertEncoder.HEAD_DENSE));
  }

  @Override
  public UnaryOperator<String> names(Collection<String> names) {
    return BertNames.withoutPrefix(names, ModernBertEncoder.WORDS);
  }

  @Override
  public List<String> unusedHeads(Weights weights) {
    return ModernBertEncoder.unusedHeads(weights);
  }
}
