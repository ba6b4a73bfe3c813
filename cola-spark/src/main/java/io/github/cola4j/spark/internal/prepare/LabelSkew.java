package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Apportionment;
import io.github.cola4j.nn.Seeds;
import java.util.Arrays;
import org.apache.commons.math3.distribution.GammaDistribution;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.random.Well19937c;

/**
 * Shards whose labels differ, for experiments (Hsu, Qi and Brown, arXiv 1909.06335; class by class
 * as Li et al., arXiv 2102.02079): the examples of class c go to the shards in shares q_c ~
 * Dirichlet(α, …, α). A small α gives shards few classes each and unequal sizes; α → ∞ gives all
 * shards the same.
 */
public final class LabelSkew {
  private LabelSkew() {}

  /**
   * How many examples of each class a shard gets. No shard stays empty: it takes an example of the
   * class that the largest shard has most of.
   *
   * @param sizes of the classes [classes], together at least {@code shards}
   * @param alpha the concentration, above 0
   * @return [classes][shards]
   */
  static int[][] counts(int[] sizes, int shards, double alpha, long seed) {
    int[][] counts = new int[sizes.length][];
    for (int c = 0; c < sizes.length; c++) {
      int[] most = new int[shards];
      Arrays.fill(most, sizes[c]);
      double[] shares = dirichlet(shards, alpha, Seeds.mix(seed, c));
      counts[c] = Apportionment.of(sizes[c], shares, new int[shards], most);
    }
    int[] totals = new int[shards];
    for (int[] count : counts) {
      for (int k = 0; k < shards; k++) {
        totals[k] += count[k];
      }
    }
    for (int k = 0; k < shards; k++) {
      if (totals[k] == 0) {
        int from = largest(totals);
        int label = largest(Arrays.stream(counts).mapToInt(count -> count[from]).toArray());
        counts[label][from]--;
        counts[label][k]++;
        totals[from]--;
        totals[k]++;
      }
    }
    return counts;
  }

  private static int largest(int[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = values[i] > values[largest] ? i : largest;
    }
    return largest;
  }

  /**
   * Draws from Dirichlet(α, …, α): Gamma(α) variables divided by their sum. Logarithms, and
   * Gamma(α) = Gamma(α + 1) · U^{1/α}, keep small α from 0 / 0; the largest is 1 before division.
   *
   * @return shares up to a common factor [n]
   */
  static double[] dirichlet(int n, double alpha, long seed) {
    RandomGenerator random = new Well19937c(seed);
    GammaDistribution gamma = new GammaDistribution(random, alpha + 1, 1);
    double[] logs = new double[n];
    for (int i = 0; i < n; i++) {
      logs[i] = StrictMath.log(gamma.sample()) + StrictMath.log(1 - random.nextDouble()) / alpha;
    }
    double greatest = Arrays.stream(logs).max().orElseThrow();
    return Arrays.stream(logs).map(log -> StrictMath.exp(log - greatest)).toArray();
  }
}
