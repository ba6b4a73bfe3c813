package io.github.cola4j.model.generate;

import io.github.cola4j.model.Answers;
import io.github.cola4j.nn.Seeds;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How the next token is chosen and when text ends.
 *
 * @param maxNewTokens tokens at most
 * @param temperature logits are divided by it; 0 takes the likeliest token (greedy)
 * @param topK only that many of the likeliest tokens are drawn from; 0 draws from all
 * @param topP of these, only the likeliest tokens whose probabilities add up to this are drawn from
 *     (arXiv 1904.09751); 1 draws from all
 * @param stop texts at which the answer ends; they are not part of it
 * @param seed of the draws
 */
@RecordBuilder
public record Sampling(
    Integer maxNewTokens,
    Double temperature,
    Integer topK,
    Double topP,
    List<String> stop,
    Long seed)
    implements Serializable, SamplingBuilder.With {
  private static final long FURTHER = 0x5bec0de; // whose draws are not those of other steps

  /** Fills in defaults and checks every value. */
  public Sampling {
    maxNewTokens = maxNewTokens == null ? 256 : maxNewTokens;
    temperature = temperature == null ? 0.0 : temperature;
    topK = topK == null ? 0 : topK;
    topP = topP == null ? 1.0 : topP;
    stop = stop == null ? List.of() : List.copyOf(stop);
    seed = seed == null ? 42L : seed;
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("maxNewTokens must be at least 1, got " + maxNewTokens);
    }
    if (!(temperature >= 0) || temperature.isInfinite()) {
      throw new IllegalArgumentException("temperature must be 0 or more, got " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("topK must be 0 or more, got " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be above 0 and at most 1, got " + topP);
    }
    if (stop.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop text is empty; remove it");
    }
  }

  /** Every default. */
  public static Sampling defaults() {
    return SamplingBuilder.builder().build();
  }

  /** The likeliest tokens, at most so many. */
  public static Sampling greedy(int maxNewTokens) {
    return defaults().withMaxNewTokens(maxNewTokens);
  }

  /**
   * The next token.
   *
   * @param text the text's number, which decides the draw with
   * @param step the token's
   */
  int choose(float[] logits, long text, int step) {
    return isGreedy() ? Answers.argMax(logits) : distribution(logits).at(draw(text, step));
  }

  /** The next token, by a draw that is independent of the one of {@link #choose}. */
  int chooseAgain(float[] logits, long text, int step) {
    return isGreedy()
        ? Answers.argMax(logits)
        : distribution(logits).at(further(text, step).nextDouble());
  }

  /** Whether the likeliest token is taken. */
  boolean isGreedy() {
    return temperature == 0;
  }

  /** The probabilities of the next token, where it is drawn. */
  TokenDistribution distribution(float[] logits) {
    return TokenDistribution.of(logits, this);
  }

  /**
   * A number of [0, 1) for a token.
   *
   * @param text the text's number
   * @param step the token's
   */
  double draw(long text, int step) {
    return new SplittableRandom(Seeds.mix(seed, text, step)).nextDouble();
  }

  /**
   * Further draws for a token, independent of {@link #draw} and of each other.
   *
   * @param text the text's number
   * @param step the token's
   */
  SplittableRandom further(long text, int step) {
    return new SplittableRandom(Seeds.mix(seed, text, step, FURTHER));
  }
}
