package io.github.cola4j.model;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.List;

/**
 * A frozen transformer that predicts each next token, for dialogues. Sequences lie side by side and
 * never see each other.
 */
public interface Decoder extends Transformer {

  /** What is known of every decoder's configuration. */
  interface Config extends TransformerConfig {

    /** The form of each block's attention. */
    List<CausalAttention> attention();
  }

  /**
   * Sequences that are continued some tokens at a time, with what was computed for earlier ones.
   */
  interface Continuation {

    /**
     * Computes new tokens and keeps what later ones need of them.
     *
     * @param batch the new tokens, at least one of each of some sequences
     * @param sequences which sequences these are
     * @return the normalised hidden state of each sequence's last token [d × sequences], in the
     *     pass's working memory
     */
    Matrix extend(Pass pass, Adapters adapters, TokenBatch batch, int[] sequences);
  }

  @Override
  Config config();

  /** The projection to the vocabulary. */
  LanguageModelHead head();

  /**
   * Computes the normalised hidden states of some tokens and keeps what the backward needs.
   *
   * @param chosen columns of the batch, ascending
   * @param recompute whether to keep the blocks' inputs alone and compute the rest again
   * @param hidden overwritten [d × chosen]
   */
  Saved forward(
      Pass pass,
      Adapters adapters,
      TokenBatch batch,
      int[] chosen,
      boolean recompute,
      Matrix hidden);

  /** As {@link #forward}, without a backward to come. */
  void encode(Pass pass, Adapters adapters, TokenBatch batch, int[] chosen, Matrix hidden);

  /**
   * Starts sequences without a token.
   *
   * @param room the most tokens of each
   */
  Continuation start(int[] room);
}
