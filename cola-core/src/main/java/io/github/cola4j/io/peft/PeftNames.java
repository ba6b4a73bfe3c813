package io.github.cola4j.io.peft;

import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.llama.LlamaConfig;

/** What HF PEFT calls things. */
final class PeftNames {
  static final String CONFIG = "adapter_config.json";
  static final String TENSORS = "adapter_model.safetensors";

  /** What CoLA4J knows of an adapter and PEFT has no key for. */
  static final String OWN = "cola4j.json";

  /** Before every tensor: PeftModel's and its tuner's wrapping. */
  static final String WRAPPED = "base_model.model.";

  static final String CLASSIFIER = "classifier";
  static final String LORA_A = "lora_A.weight";
  static final String LORA_B = "lora_B.weight";
  static final String MAGNITUDE = "lora_magnitude_vector";
  static final String IA3 = "ia3_l";
  static final String MISS = "miss_block";

  private PeftNames() {}

  /**
   * What stands between {@link #WRAPPED} and a module's name: the name of the encoder in a BERT
   * with a classifier.
   */
  static String prefix(TransformerConfig config, boolean classifier) {
    return classifier && !(config instanceof LlamaConfig) ? "bert." : "";
  }

  /** {@code task_type}. */
  static String taskType(TransformerConfig config, boolean classifier) {
    return config instanceof LlamaConfig
        ? "CAUSAL_LM"
        : classifier ? "SEQ_CLS" : "FEATURE_EXTRACTION";
  }
}
