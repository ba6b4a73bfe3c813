package io.github.cola4j.model.bert;

import io.github.cola4j.io.weights.BertNames;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** An architecture that a {@link BertFamily} describes; it adds how {@code config.json} is read. */
interface BertVariant extends Architecture {

  /** What it is called, and what its tensors are. */
  BertFamily family();

  @Override
  default Set<String> modelTypes() {
    return family().modelTypes();
  }

  @Override
  default Transformer load(TransformerConfig config, WeightLoader weights) {
    return new BertEncoder((BertConfig) config, weights);
  }

  @Override
  default Set<Purpose> purposes() {
    return Set.of(Purpose.CLASSIFICATION);
  }

  @Override
  default Peft peft() {
    return family().peft();
  }

  @Override
  default UnaryOperator<String> names(Collection<String> names) {
    return BertNames.of(names);
  }

  @Override
  default List<String> unusedHeads(Weights weights) {
    return BertEncoder.unusedHeads(family(), weights);
  }

  /** Without them a generic tokenizer gives no token types, and all of a pair gets the first's. */
  @Override
  default List<String> inputNames() {
    return family().segments()
        ? List.of("input_ids", "token_type_ids", "attention_mask")
        : List.of();
  }
}
