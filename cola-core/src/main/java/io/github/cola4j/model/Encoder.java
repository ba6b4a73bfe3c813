package io.github.cola4j.model;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;

/** A frozen transformer that makes one embedding of each sequence, for classification. */
public interface Encoder extends Transformer {

  /** How the hidden states of a sequence's tokens become its embedding. */
  interface Pooling {

    /** The mean over a sequence's own tokens, as sentence encoders have it (arXiv 1908.10084). */
    Pooling MEAN =
        new Pooling() {
          @Override
          public void forward(Pass pass, Matrix hidden, TokenBatch batch, Matrix pooled) {
            pass.kernels().meanPool(hidden, batch, pooled);
          }

          @Override
          public void backward(Pass pass, Matrix dPooled, TokenBatch batch, Matrix dHidden) {
            pass.kernels().meanPoolBackward(dPooled, batch, dHidden);
          }
        };

    /** Overwrites {@code pooled} [d × sequences] from {@code hidden} [d × T]. */
    void forward(Pass pass, Matrix hidden, TokenBatch batch, Matrix pooled);

    /** Overwrites {@code dHidden} [d × T] from {@code dPooled} [d × sequences]. */
    void backward(Pass pass, Matrix dPooled, TokenBatch batch, Matrix dHidden);
  }

  /** How it pools. */
  Pooling pooling();

  /**
   * Encodes sequences.
   *
   * @return the pooled embeddings [d × sequences], in the pass's working memory
   */
  Matrix encode(Pass pass, Adapters adapters, TokenBatch batch);

  /**
   * Encodes sequences and keeps what the backward needs.
   *
   * @param pooled overwritten [d × sequences]
   */
  Saved forward(Pass pass, Adapters adapters, TokenBatch batch, Matrix pooled);
}
