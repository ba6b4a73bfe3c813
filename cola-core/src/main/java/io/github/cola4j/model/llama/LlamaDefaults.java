package io.github.cola4j.model.llama;

/** What transformers' configuration of a model type has where {@code config.json} says nothing. */
final class LlamaDefaults {
  private LlamaDefaults() {}

  /** As a JSON object of the keys of {@code config.json}. */
  static String of(String modelType) {
    return switch (modelType) {
      case "llama" ->
          """
          {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008,
           "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048,
           "rms_norm_eps": 1e-6}
          """;
      case "mistral" ->
          """
          {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336,
           "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
           "max_position_embeddings": 131072, "rms_norm_eps": 1e-6, "sliding_window": 4096}
          """;
      case "qwen2" ->
          """
          {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
           "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
           "max_position_embeddings": 32768, "rms_norm_eps": 1e-6}
          """;
      case "qwen3" ->
          """
          {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
           "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
           "head_dim": 128, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6}
          """;
      default ->
          throw new IllegalArgumentException(
              "expected a model type of the Llama family, got '" + modelType + "'");
    };
  }
}
