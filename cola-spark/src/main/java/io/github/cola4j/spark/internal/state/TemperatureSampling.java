package io.github.cola4j.spark.internal.state;

import java.util.Arrays;

/**
 * How much tasks of different sizes count: p_t ∝ n_t^{1/τ} (temperature sampling, Arivazhagan et
 * al., arXiv 1907.05019; Raffel et al., arXiv 1910.10683). τ = 1 is in proportion to size, τ → ∞
 * makes tasks equal.
 */
public final class TemperatureSampling {
  private TemperatureSampling() {}

  /** What a task of so many examples counts, n^{1/τ}: at τ = 1 their number, to the bit. */
  public static double weight(double examples, double temperature) {
    return StrictMath.pow(examples, 1 / temperature);
  }

  /**
   * How often each task passes over its examples where all tasks see Σ n examples together: p_t Σ n
   * / n_t.
   *
   * @param examples by task
   */
  public static double[] passes(long[] examples, double temperature) {
    double all = Arrays.stream(examples).sum();
    double weights = Arrays.stream(examples).mapToDouble(n -> weight(n, temperature)).sum();
    return Arrays.stream(examples)
        .mapToDouble(n -> weight(n, temperature) / weights * all / n)
        .toArray();
  }
}
