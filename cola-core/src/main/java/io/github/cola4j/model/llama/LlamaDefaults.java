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
           "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "sliding_window": 4096}
          """;
      case "qwen3" ->
          """
          {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
           "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
           "head_dim": 128, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6,
           "sliding_window": 4096}
          """;
      case "phi3" ->
          """
          {"vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192,
           "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 4096,
           "original_max_position_embeddings": 4096, "rms_norm_eps": 1e-5}
          """;
      case "smollm3" ->
          """
          {"vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 11008,
           "num_hidden_layers": 36, "num_attention_heads": 16, "num_key_value_heads": 4,
           "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "no_rope_layer_interval": 4,
           "tie_word_embeddings": true}
          """;
      case "granite" ->
          """
          {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008,
           "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048,
           "rms_norm_eps": 1e-6, "embedding_multiplier": 1.0, "attention_multiplier": 1.0,
           "residual_multiplier": 1.0, "logits_scaling": 1.0}
          """;
      case "olmo2" ->
          """
          {"vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008,
           "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048,
           "rms_norm_eps": 1e-5}
          """;
      case "gemma2" ->
          """
          {"vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216,
           "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4,
           "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh",
           "max_position_embeddings": 8192, "rms_norm_eps": 1e-6, "sliding_window": 4096,
           "query_pre_attn_scalar": 256, "attn_logit_softcapping": 50.0,
           "final_logit_softcapping": 30.0, "tie_word_embeddings": true}
          """;
      case "gemma3_text" ->
          """
          {"vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216,
           "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4,
           "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh",
           "max_position_embeddings": 131072, "rms_norm_eps": 1e-6, "sliding_window": 4096,
           "query_pre_attn_scalar": 256, "tie_word_embeddings": true}
          """;
      case "stablelm" ->
          """
          {"vocab_size": 50304, "hidden_size": 2560, "intermediate_size": 6912,
           "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
           "max_position_embeddings": 4096, "layer_norm_eps": 1e-5, "partial_rotary_factor": 0.25}
          """;
      case "starcoder2" ->
          """
          {"vocab_size": 49152, "hidden_size": 3072, "intermediate_size": 12288,
           "num_hidden_layers": 30, "num_attention_heads": 24, "num_key_value_heads": 2,
           "max_position_embeddings": 4096, "norm_epsilon": 1e-5, "use_bias": true,
           "tie_word_embeddings": true}
          """;
      default ->
          throw new IllegalArgumentException(
              "expected a model type of the Llama family, got '" + modelType + "'");
    };
  }
}
