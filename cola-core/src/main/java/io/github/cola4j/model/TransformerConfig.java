package io.github.cola4j.model;

/** The architecture of a transformer, as Hugging Face's {@code config.json} describes it. */
public interface TransformerConfig {

  /** What {@link Architectures} knows the architecture by, such as {@code bert}. */
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

  /** Entries of the segment table; 0 where tokens have no segment. */
  default int typeVocabSize() {
    return 0;
  }

  /**
   * Reads a Hugging Face {@code config.json}.
   *
   * @param source where the text comes from, for messages
   * @throws IllegalArgumentException if no architecture is registered for it, or it is not valid;
   *     the message names the source, the key, what was expected and what came
   */
  static TransformerConfig read(String json, String source) {
    return Architectures.config(ConfigKeys.parse(json, source));
  }
}
