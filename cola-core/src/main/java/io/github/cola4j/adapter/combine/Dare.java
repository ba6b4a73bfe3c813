package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Seeds;
import java.util.List;
import java.util.SplittableRandom;

/**
 * DARE (arXiv 2311.03099), layer by layer: each element of ΔW_t stays with the probability of the
 * density and is divided by it, and is dropped otherwise; the result is Σ_t λ_t of these,
 * approximated by a rank.
 *
 * @param density the probability that an element stays
 * @param rank of the result, at most
 * @param seed of what is dropped
 */
public record Dare(double density, int rank, long seed) implements Combination {
  /** Checks the density. */
  public Dare {
    Combinations.requireDensity(density);
  }

  @Override
  public String name() {
    return "dare";
  }

  @Override
  public LowRank combine(String module, List<LowRank> changes, List<Double> weights) {
    float[] merged = null;
    for (int t = 0; t < changes.size(); t++) {
      float[] elements = Dense.of(changes.get(t));
      merged = merged == null ? new float[elements.length] : merged;
      SplittableRandom random = new SplittableRandom(Seeds.mix(seed, Seeds.of(module), t));
      for (int i = 0; i < elements.length; i++) {
        if (random.nextDouble() < density) {
          merged[i] += (float) (weights.get(t) * elements[i] / density);
        }
      }
    }
    return Dense.approximated(merged, changes.get(0), rank, Seeds.of(module));
  }
}
