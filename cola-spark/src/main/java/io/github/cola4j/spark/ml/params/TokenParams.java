package io.github.cola4j.spark.ml.params;

import io.github.cola4j.adapter.tokens.TokenMerging;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * How vision transformers merge tokens: the params of a {@link TokenMerging}.
 *
 * @param <T> the stage
 */
public interface TokenParams<T> extends Params {
  /** Param: how many tokens each block merges. */
  default Param<String> tokenMerging() {
    return ParamSet.of(this, "tokenMerging");
  }

  default String getTokenMerging() {
    return getOrDefault(tokenMerging());
  }

  default T setTokenMerging(String value) {
    return ParamSet.set(this, tokenMerging(), value);
  }

  /** Param: whether tokens are modulated before. */
  default BooleanParam tokenModulation() {
    return ParamSet.of(this, "tokenModulation");
  }

  default boolean getTokenModulation() {
    return (boolean) getOrDefault(tokenModulation());
  }

  default T setTokenModulation(boolean value) {
    return ParamSet.set(this, tokenModulation(), value);
  }

  /**
   * The configuration that the params make; null for none.
   *
   * @throws IllegalArgumentException if they do not go together
   */
  default TokenMerging tokenMergingConfig() {
    if (!getTokenMerging().isEmpty()) {
      return new TokenMerging(TokenMerging.counts(getTokenMerging()), getTokenModulation());
    }
    if (getTokenModulation()) {
      throw new IllegalArgumentException(
          uid() + ": tokenModulation is of tokens that are merged; set tokenMerging too");
    }
    return null;
  }
}
