package io.github.cola4j.model.pooling;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;

/** Computes a {@link Pooling}. */
public interface Pooler {

  /** What a forward kept, in its pass's working memory. */
  interface Saved {

    /** Overwrites {@code dHidden} [d × T] from {@code dPooled} [d × sequences]. */
    void backward(Pass pass, Matrix dPooled, Matrix dHidden);
  }

  /** Overwrites {@code pooled} [d × sequences] from {@code hidden} [d × T]. */
  Saved forward(Pass pass, Matrix hidden, TokenBatch batch, Matrix pooled);

  /** The mean over a sequence's own tokens. */
  static Pooler mean() {
    return (pass, hidden, batch, pooled) -> {
      pass.kernels().meanPool(hidden, batch, pooled);
      return (backward, dPooled, dHidden) ->
          backward.kernels().meanPoolBackward(dPooled, batch, dHidden);
    };
  }

  /** The first token of each sequence. */
  static Pooler first() {
    return (pass, hidden, batch, pooled) -> tokens(pass, hidden, firsts(batch), pooled);
  }

  /** The last token of each sequence. */
  static Pooler last() {
    return (pass, hidden, batch, pooled) -> tokens(pass, hidden, batch.lasts(), pooled);
  }

  /**
   * The pooler of a name.
   *
   * @param head the model's own; null if its files have no weights of one
   * @throws IllegalArgumentException if it is the head and there is none
   */
  static Pooler of(Pooling pooling, Pooler head) {
    return switch (pooling) {
      case MEAN -> mean();
      case CLS -> first();
      case LAST -> last();
      case HEAD -> {
        if (head == null) {
          throw new IllegalArgumentException(
              "pooling: expected mean, cls or last, got head: the model's files have no weights of"
                  + " a classifier's own layer");
        }
        yield head;
      }
    };
  }

  /** Column s of the pooled is column {@code index[s]}, and so are the gradients. */
  private static Saved tokens(Pass pass, Matrix hidden, int[] index, Matrix pooled) {
    pass.kernels().gather(hidden, index, false, pooled);
    return (backward, dPooled, dHidden) -> {
      backward.kernels().fill(0, dHidden);
      backward.kernels().scatterAdd(dPooled, index, dHidden);
    };
  }

  private static int[] firsts(TokenBatch batch) {
    int[] index = new int[batch.sequences()];
    System.arraycopy(batch.starts(), 0, index, 0, index.length);
    return index;
  }
}
