package io.github.cola4j.nn.batch;

import java.util.ArrayList;
import java.util.List;

/** Inputs that a transformer makes sequences of tokens of: texts, or images. */
public sealed interface SequenceBatch extends Batch permits TokenBatch, ImageBatch {

  /** T, the number of tokens of all sequences. */
  int tokens();

  /** The number of sequences. */
  int sequences();

  /**
   * The sequences that a batch has.
   *
   * @throws IllegalArgumentException if it has features
   */
  static SequenceBatch of(Batch batch) {
    if (batch instanceof SequenceBatch sequences) {
      return sequences;
    }
    throw new IllegalArgumentException(
        "expected a batch of tokens or images, as transformers take it, got one of features");
  }

  /** The sequences of several batches of one kind, one after the other. */
  static SequenceBatch sideBySide(List<SequenceBatch> batches) {
    if (batches.get(0) instanceof ImageBatch) {
      List<ImageBatch> images = new ArrayList<>();
      batches.forEach(batch -> images.add(ImageBatch.of(batch)));
      return ImageBatch.sideBySide(images);
    }
    List<TokenBatch> tokens = new ArrayList<>();
    batches.forEach(batch -> tokens.add(TokenBatch.of(batch)));
    return TokenBatch.sideBySide(tokens);
  }
}
