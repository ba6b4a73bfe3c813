package io.github.cola4j.model.llama;

import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import java.util.Set;

/** Llama's family and those of its shape ({@link LlamaConfig}): decoders for dialogues. */
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
        "smollm3");
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
    return Set.of(Purpose.DIALOGUE);
  }

  @Override
  public Peft peft() {
    return new Peft("", "classifier", "CAUSAL_LM", Set.of());
  }
}
