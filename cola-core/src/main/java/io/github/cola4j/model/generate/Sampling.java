package io.github.cola4j.model.generate;

import io.github.cola4j.model.Answers;
import io.github.cola4j.nn.Seeds;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * How the next token is chosen and when text ends.
 *
 * @param maxNewTokens tokens at most
 * @param temperature logits are divided by it; 0 takes the likeliest token (greedy)
 * @param topP only the likeliest tokens whose probabilities add up to this are drawn from (arXiv
 *     1904.09751); 1 draws from all
 * @param stop texts at which the answer ends; they are not part of it
 * @param seed of the draws
 */
@RecordBuilder
public record Sampling(
    Integer maxNewTokens, Double temperature, Double topP, List<String> stop, Long seed)
    implements Serializable, SamplingBuilder.With {

  /** Fills in defaults and checks every value. */
  public Sampling {
    maxNewTokens = maxNewTokens == null ? 256 : maxNewTokens;
    temperature = temperature == null ? 0.0 : temperature;
    topP = topP == null ? 1.0 : topP;
    stop = stop == null ? List.of() : List.copyOf(stop);
    seed = seed == null ? 42L : seed;
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("maxNewTokens must be at least 1, got " + maxNewTokens);
    }
    if (!(temperature >= 0) || temperature.isInfinite()) {
      throw new IllegalArgumentException("temperature must be 0 or more, got " + temperature);
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
    if (temperature == 0) {
      return Answers.argMax(logits);
    }
    double max = logits[Answers.argMax(logits)];
    double[] weights = new double[logits.length];
    double total = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp((logits[i] - max) / temperature);
      total += weights[i];
    }
    double draw = new SplittableRandom(Seeds.mix(seed, text, step)).nextDouble();
    int[] order = topP < 1 ? likeliest(weights, topP * total) : all(weights.length);
    double kept = Arrays.stream(order).mapToDouble(i -> weights[i]).sum();
    double left = draw * kept;
    for (int i : order) {
      left -= weights[i];
      if (left < 0) {
        return i;
      }
    }
    return order[order.length - 1];
  }

  private static int[] all(int n) {
    return IntStream.range(0, n).toArray();
  }

  /** The fewest tokens, likeliest first, whose weights reach an amount. */
  private static int[] likeliest(double[] weights, double amount) {
    int[] sorted =
        IntStream.range(0, weights.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> weights[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    int count = 0;
    for (double sum = 0; sum < amount && count < sorted.length; count++) {
      sum += weights[sorted[count]];
    }
    return Arrays.copyOf(sorted, Math.max(1, count));
  }
}
