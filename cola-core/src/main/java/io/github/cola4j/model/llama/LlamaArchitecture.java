package io.github.cola4j.model.llama;

import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import java.util.List;
import java.util.Set;

/**
 * Llama's family and those of its shape ({@link LlamaConfig}): decoders for dialogues, and for
 * classifications by their last token.
 */
public final class LlamaArchitecture implements Architecture {

  @Override
  public Set<String> modelTypes() {
    return Set.of(
        "gemma2",
        "gemma3_text",
        "granite",
        "llama",
        "mistral",
        "olmo2",
        "phi3",
        "qwen2",
        "qwen3",
        "smollm3",
        "stablelm",
        "starcoder2");
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return LlamaConfig.read(keys);
  }

  @Override
  public Transformer load(TransformerConfig config, WeightLoader weights) {
    return new LlamaDecoder((LlamaConfig) config, weights);
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.DIALOGUE, Purpose.CLASSIFICATION);
  }

  @Override
  public List<String> unusedHeads(Weights weights) {
    return weights.names().contains(LlamaDecoder.CLASSIFIER)
        ? List.of(LlamaDecoder.CLASSIFIER)
        : List.of();
  }

  @Override
  public Purpose usual() {
    return Purpose.DIALOGUE;
  }

  @Override
  public Peft peft() {
    return new Peft("", "score", "CAUSAL_LM", Set.of());
  }
}
