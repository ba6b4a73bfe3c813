package io.github.cola4j.model.generate;

import io.github.cola4j.model.Answers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The probabilities of the next token: softmax(logits / temperature), of the top-k tokens alone, of
 * these the nucleus of top-p alone.
 *
 * @param order the tokens that can be drawn, in the order in which a draw passes them
 * @param weights of every token [vocabulary]; 0 where it cannot be drawn
 * @param total the sum of the weights
 */
record TokenDistribution(int[] order, double[] weights, double total) {

  /** The distribution of a sampling whose temperature is above 0. */
  static TokenDistribution of(float[] logits, Sampling sampling) {
    double max = logits[Answers.argMax(logits)];
    double[] weights = new double[logits.length];
    double all = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp((logits[i] - max) / sampling.temperature());
      all += weights[i];
    }
    boolean isCut = sampling.topK() > 0 && sampling.topK() < weights.length;
    if (!isCut && sampling.topP() == 1) {
      return new TokenDistribution(
          IntStream.range(0, weights.length).toArray(), weights, sum(weights));
    }
    double[] ascending = weights.clone();
    Arrays.sort(ascending);
    int most = isCut ? sampling.topK() : weights.length;
    double among =
        isCut ? sum(Arrays.copyOfRange(ascending, weights.length - most, weights.length)) : all;
    int count = sampling.topP() == 1 ? most : nucleus(ascending, most, sampling.topP() * among);
    return likeliest(weights, ascending, count);
  }

  /** The fewest of the largest weights that reach an amount. */
  private static int nucleus(double[] ascending, int most, double amount) {
    int count = 0;
    for (double sum = 0; sum < amount && count < most; count++) {
      sum += ascending[ascending.length - 1 - count];
    }
    return Math.max(1, count);
  }

  /** So many tokens, likeliest first; of equal ones the first. */
  private static TokenDistribution likeliest(double[] weights, double[] ascending, int count) {
    double least = ascending[weights.length - count];
    int above = count;
    while (above > 0 && ascending[weights.length - above] == least) {
      above--;
    }
    int ties = count - above;
    int[] kept = new int[count];
    int n = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > least || (weights[i] == least && ties-- > 0)) {
        kept[n++] = i;
      }
    }
    int[] order =
        Arrays.stream(kept)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -weights[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] only = new double[weights.length];
    for (int i : order) {
      only[i] = weights[i];
    }
    return new TokenDistribution(order, only, Arrays.stream(order).mapToDouble(i -> only[i]).sum());
  }

  private static double sum(double[] weights) {
    return Arrays.stream(weights).sum();
  }

  /** How likely a token is. */
  double probability(int token) {
    return weights[token] / total;
  }

  /**
   * The token that a draw stands for.
   *
   * @param draw of [0, 1)
   */
  int at(double draw) {
    double left = draw * total;
    for (int i : order) {
      left -= weights[i];
      if (left < 0) {
        return i;
      }
    }
    return order[order.length - 1];
  }

  /**
   * What is left to draw from after a token of another distribution was rejected: max(0, p − q),
   * scaled to add up to one. Where nothing is left but rounding, this distribution.
   */
  TokenDistribution without(TokenDistribution q) {
    double[] rest = new double[weights.length];
    int[] left = new int[order.length];
    int n = 0;
    double sum = 0;
    for (int i : order) {
      rest[i] = Math.max(0, probability(i) - q.probability(i));
      if (rest[i] > 0) {
        left[n++] = i;
        sum += rest[i];
      }
    }
    return n == 0 ? this : new TokenDistribution(Arrays.copyOf(left, n), rest, sum);
  }
}
