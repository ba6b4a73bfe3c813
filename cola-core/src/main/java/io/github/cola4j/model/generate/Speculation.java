package io.github.cola4j.model.generate;

import java.io.Serializable;

/**
 * What a draft model was good for.
 *
 * @param passes of the target model that write or judge tokens
 * @param proposed tokens of the draft model, without those behind the end of a text
 * @param accepted of these
 * @param tokens written, one that ends a text among them
 */
public record Speculation(long passes, long proposed, long accepted, long tokens)
    implements Serializable {
  /** Without a draft model. */
  public static final Speculation NONE = new Speculation(0, 0, 0, 0);

  /** Whether there was a draft model. */
  public boolean isUsed() {
    return passes > 0 || proposed > 0;
  }

  /** Of both. */
  public Speculation plus(Speculation other) {
    return new Speculation(
        passes + other.passes,
        proposed + other.proposed,
        accepted + other.accepted,
        tokens + other.tokens);
  }

  /** The share of the proposed tokens that were accepted; 0 if none was proposed. */
  public double acceptanceRate() {
    return proposed == 0 ? 0 : (double) accepted / proposed;
  }

  /** Tokens for each pass of the target model; 0 without a pass. */
  public double tokensPerPass() {
    return passes == 0 ? 0 : (double) tokens / passes;
  }
}
