package io.github.cola4j.io.peft;

import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.Architectures;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;

/** What HF PEFT calls things. */
public final class PeftNames {
  static final String CONFIG = "adapter_config.json";
  static final String TENSORS = "adapter_model.safetensors";

  /** What CoLA4J knows of an adapter and PEFT has no key for. */
  public static final String OWN = "cola4j.json";

  /** Before every tensor: PeftModel's and its tuner's wrapping. */
  static final String WRAPPED = "base_model.model.";

  /** What most architectures call a classifier's head. */
  static final String CLASSIFIER = "classifier";

  static final String LORA_A = "lora_A.weight";
  static final String LORA_B = "lora_B.weight";
  static final String MAGNITUDE = "lora_magnitude_vector";
  static final String IA3 = "ia3_l";
  static final String MISS = "miss_block";

  private PeftNames() {}

  /** What an architecture says. */
  public static Architecture.Peft of(TransformerConfig config) {
    return Architectures.of(config.modelType()).peft();
  }

  /**
   * What stands between {@link #WRAPPED} and a module's name: the name of the encoder in a BERT
   * with a classifier.
   */
  static String prefix(TransformerConfig config, boolean classifier) {
    return classifier ? of(config).classifierPrefix() : "";
  }

  /** The module that PEFT saves beside the adapter: the classifier, or its last linear layer's. */
  static String savedModule(TransformerConfig config) {
    String head = of(config).head();
    int dot = head.indexOf('.');
    return dot < 0 ? head : head.substring(0, dot);
  }

  /** Whether a classifier's last linear layer has a bias there. */
  static boolean hasHeadBias(Transformer transformer) {
    return Encoder.of(transformer, false).headBias();
  }

  /** {@code task_type}; null where PEFT has none for such a model. */
  static String taskType(TransformerConfig config, boolean classifier) {
    String other = of(config).taskType();
    return classifier && other != null ? "SEQ_CLS" : other;
  }
}
