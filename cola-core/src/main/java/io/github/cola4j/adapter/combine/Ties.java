package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Seeds;
import java.util.Arrays;
import java.util.List;

/**
 * TIES (arXiv 2306.01708), layer by layer: of each ΔW_t the largest elements stay; each element's
 * sign is that of Σ_t λ_t ΔW_t; the result is the mean of λ_t ΔW_t over the tasks of that sign,
 * approximated by a rank.
 *
 * @param density the share of elements that stay
 * @param rank of the result, at most
 */
public record Ties(double density, int rank) implements Combination {
  /** Checks the density. */
  public Ties {
    Combinations.requireDensity(density);
  }

  @Override
  public String name() {
    return "ties";
  }

  @Override
  public LowRank combine(String module, List<LowRank> changes, List<Double> weights) {
    float[][] trimmed =
        changes.stream().map(change -> trim(Dense.of(change))).toArray(float[][]::new);
    float[] merged = new float[trimmed[0].length];
    for (int i = 0; i < merged.length; i++) {
      double vote = 0;
      for (int t = 0; t < trimmed.length; t++) {
        vote += weights.get(t) * trimmed[t][i];
      }
      double sum = 0;
      int agreeing = 0;
      for (int t = 0; t < trimmed.length; t++) {
        double value = weights.get(t) * trimmed[t][i];
        if (value * vote > 0) {
          sum += value;
          agreeing++;
        }
      }
      merged[i] = agreeing == 0 ? 0 : (float) (sum / agreeing);
    }
    return Dense.approximated(merged, changes.get(0), rank, Seeds.of(module));
  }

  /** Zeros all but the largest magnitudes. */
  private float[] trim(float[] elements) {
    int keep = (int) Math.ceil(density * elements.length);
    float[] magnitudes = elements.clone();
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = Math.abs(magnitudes[i]);
    }
    Arrays.sort(magnitudes);
    float least = magnitudes[magnitudes.length - keep];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = Math.abs(elements[i]) < least ? 0 : elements[i];
    }
    return elements;
  }
}
