package io.github.cola4j.model;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.image.ImageSize;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;

/** A frozen transformer that makes one embedding of each sequence, for classification. */
public interface Encoder extends Transformer {

  /** How the hidden states of a sequence's tokens become its embedding. */
  Pooling pooling();

  /**
   * An encoder that shares everything with this one but how it pools.
   *
   * @throws IllegalArgumentException if it cannot pool so, naming what it can
   */
  Encoder withPooling(Pooling pooling);

  /**
   * An encoder that shares everything with this one but how many tokens its blocks merge.
   *
   * @param merging null for none
   * @throws IllegalArgumentException if it cannot merge so, naming what can
   */
  default Encoder withTokenMerging(TokenMerging merging) {
    if (merging != null) {
      throw TokenMerging.refusal(config().modelType());
    }
    return this;
  }

  /**
   * A transformer's encoder: itself, or a decoder's last tokens.
   *
   * @param recompute whether a decoder's blocks are computed again in the backward
   */
  static Encoder of(Transformer transformer, boolean recompute) {
    return transformer instanceof Encoder encoder
        ? encoder
        : new LastTokenEncoder((Decoder) transformer, recompute);
  }

  /** Whether the linear layer of a classifier on it has a bias, as transformers' own has. */
  default boolean headBias() {
    return true;
  }

  /**
   * The frozen linear layers [d × d] that {@link Pooling#HEAD} has, which cannot be adapted; none
   * where the model's files have none.
   */
  default List<FrozenLinear> classifierLayers() {
    return List.of();
  }

  /** The size of the images that it takes; null where it takes texts. */
  default ImageSize imageSize() {
    return null;
  }

  /**
   * Encodes sequences.
   *
   * @param batch of the kind that the encoder takes, texts or images; another is refused
   * @return the pooled embeddings [d × sequences], in the pass's working memory
   */
  Matrix encode(Pass pass, Adapters adapters, SequenceBatch batch);

  /**
   * Encodes sequences and keeps what the backward needs.
   *
   * @param pooled overwritten [d × sequences]
   */
  Saved forward(Pass pass, Adapters adapters, SequenceBatch batch, Matrix pooled);
}
