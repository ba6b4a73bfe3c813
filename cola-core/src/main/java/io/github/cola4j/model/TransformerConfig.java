package io.github.cola4j.model;

import io.github.cola4j.model.bert.BertConfig;
import io.github.cola4j.model.llama.LlamaConfig;

/** The architecture of a transformer, as Hugging Face's {@code config.json} describes it. */
public interface TransformerConfig {

  /** {@code bert}, {@code llama}, {@code mistral} or {@code qwen2}. */
  String modelType();

  /** Entries of the token table. */
  int vocabSize();

  /** d, the width of the model. */
  int hiddenSize();

  /** The number of blocks. */
  int layers();

  /** Attention heads of a block. */
  int heads();

  /** Width of the feed-forward's inner layer. */
  int intermediateSize();

  /** The longest sequence, in tokens. */
  int maxPositions();

  /**
   * Reads a Hugging Face {@code config.json}.
   *
   * @param source where the text comes from, for messages
   * @throws IllegalArgumentException if it is of another architecture or not valid; the message
   *     names the source, the key, what was expected and what came
   */
  static TransformerConfig read(String json, String source) {
    ConfigKeys keys = ConfigKeys.parse(json, source);
    try {
      return switch (keys.text("model_type", "")) {
        case "bert" -> BertConfig.read(keys);
        case "llama", "mistral", "qwen2" -> LlamaConfig.read(keys);
        default ->
            throw keys.wrong(
                "model_type",
                "\"bert\", \"llama\", \"mistral\" or \"qwen2\", which are implemented");
      };
    } catch (IllegalArgumentException e) {
      throw e.getMessage().startsWith(source)
          ? e
          : new IllegalArgumentException(source + ": " + e.getMessage(), e);
    }
  }
}
