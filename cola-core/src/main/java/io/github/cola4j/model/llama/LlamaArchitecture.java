package io.github.cola4j.model.llama;

import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/** Llama's family, with Mistral and Qwen2: decoders for dialogues. */
public final class LlamaArchitecture implements Architecture {

  @Override
  public Set<String> modelTypes() {
    return Set.of("llama", "mistral", "qwen2");
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return LlamaConfig.read(keys);
  }

  @Override
  public Transformer load(TransformerConfig config, Weights weights, DataType type) {
    return new LlamaDecoder((LlamaConfig) config, weights, type);
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
