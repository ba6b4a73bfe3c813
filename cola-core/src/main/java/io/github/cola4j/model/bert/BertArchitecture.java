package io.github.cola4j.model.bert;

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

/** BERT's family: encoders for classification. */
public final class BertArchitecture implements Architecture {

  @Override
  public Set<String> modelTypes() {
    return Set.of("bert");
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.read(keys);
  }

  @Override
  public Transformer load(TransformerConfig config, WeightLoader weights) {
    return new BertEncoder((BertConfig) config, weights);
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.CLASSIFICATION);
  }

  @Override
  public Peft peft() {
    return new Peft("bert.", "classifier", "FEATURE_EXTRACTION", Set.of("pooler.dense"));
  }

  @Override
  public UnaryOperator<String> names(Collection<String> names) {
    return BertNames.of(names);
  }

  @Override
  public List<String> unusedHeads(Weights weights) {
    return BertEncoder.unusedHeads(weights);
  }

  /** Without them a generic tokenizer gives no token types, and all of a pair gets the first's. */
  @Override
  public List<String> inputNames() {
    return List.of("input_ids", "token_type_ids", "attention_mask");
  }
}
