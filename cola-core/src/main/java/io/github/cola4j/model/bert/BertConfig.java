package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/**
 * The architecture of a BERT encoder.
 *
 * @param modelType {@code bert}
 * @param vocabSize entries of the token table
 * @param hiddenSize d, a multiple of {@code heads}
 * @param layers blocks
 * @param heads attention heads of d / heads each
 * @param intermediateSize width of the feed-forward's inner layer
 * @param maxPositions the longest sequence, in tokens
 * @param typeVocabSize entries of the segment table
 * @param layerNormEps added to the variance in every layer normalisation
 */
public record BertConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    int typeVocabSize,
    double layerNormEps)
    implements TransformerConfig {

  /** Checks every value. */
  public BertConfig {
    if (modelType == null || modelType.isEmpty()) {
      throw new IllegalArgumentException("modelType must be a name such as bert, got " + modelType);
    }
    positive("vocabSize", vocabSize);
    positive("hiddenSize", hiddenSize);
    positive("layers", layers);
    positive("heads", heads);
    positive("intermediateSize", intermediateSize);
    positive("maxPositions", maxPositions);
    positive("typeVocabSize", typeVocabSize);
    if (hiddenSize % heads != 0) {
      throw new IllegalArgumentException(
          "hiddenSize must be a multiple of heads, got " + hiddenSize + " and " + heads);
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException(
          "layerNormEps must be between 0 and 1, got " + layerNormEps);
    }
  }

  /**
   * Reads {@code config.json} of a BERT encoder with exact GELU and absolute positions. What is
   * left out has the value of transformers' {@code BertConfig}.
   */
  public static BertConfig read(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    keys.onlyIfPresent("position_embedding_type", "absolute");
    keys.quantization();
    if (keys.flag("is_decoder", false)) {
      throw keys.wrong("is_decoder", "false or absent: an encoder");
    }
    return new BertConfig(
        keys.only("model_type", "bert"),
        keys.size("vocab_size", 30_522),
        keys.size("hidden_size", 768),
        keys.layers(12),
        keys.size("num_attention_heads", 12),
        keys.size("intermediate_size", 3072),
        keys.size("max_position_embeddings", 512),
        keys.size("type_vocab_size", 2),
        keys.number("layer_norm_eps", 1e-12));
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
  }
}
