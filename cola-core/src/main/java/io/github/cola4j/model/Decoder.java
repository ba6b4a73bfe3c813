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
   * Sequences that are continued some tokens at a time, with what was computed for earlier ones. A
   * draft model's proposals need one that can forget tokens again; text alone does not.
   */
  @FunctionalInterface
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

    /**
     * Computes new tokens as above, and gives the hidden states of several of them.
     *
     * @param asked how many of each sequence's last new tokens are asked for, at least one
     * @return the normalised hidden states of these, side by side [d × Σ asked]
     * @throws IllegalArgumentException if it cannot
     */
    default Matrix extend(
        Pass pass, Adapters adapters, TokenBatch batch, int[] sequences, int[] asked) {
      throw new IllegalArgumentException("these sequences give their last token's state alone");
    }

    /**
     * Forgets a sequence's last tokens, as if they had never been computed.
     *
     * @param length how many of its first tokens stay
     * @throws IllegalArgumentException if it has fewer, or more are to go than {@link #revocable}
     *     allows
     */
    default void truncate(Pass pass, int sequence, int length) {
      throw new IllegalArgumentException("these sequences cannot forget tokens");
    }

    /**
     * How many tokens can be added to a sequence and forgotten again; 0 if it never forgets.
     *
     * @param length of the sequence before
     */
    default int revocable(int length) {
      return 0;
    }
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
