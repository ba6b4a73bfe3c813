package io.github.cola4j.spark.ml.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rungs of successive halving (arXiv 1502.07943): rung k is over after {@code first ·} η^k
 * epochs, the last one after all, and the best ⌊n / η⌋ of its n candidates climb on.
 *
 * @param epochs by rung, ascending
 * @param eta η
 */
public record Rungs(List<Integer> epochs, int eta) {
  /** Copies the list. */
  public Rungs {
    epochs = List.copyOf(epochs);
  }

  /**
   * The rungs of a sweep.
   *
   * @param first epochs of the first rung
   * @param all epochs of a candidate that is never dropped
   */
  public static Rungs of(int first, int all, int eta) {
    List<Integer> epochs = new ArrayList<>();
    for (long after = first; after < all; after *= eta) {
      epochs.add((int) after);
    }
    epochs.add(all);
    return new Rungs(epochs, eta);
  }

  /** How many rungs there are before the last, each with a choice at its end. */
  public int choices() {
    return epochs.size() - 1;
  }

  /** The step after which a rung is over. */
  int steps(int rung, int totalSteps) {
    return (int) ((long) totalSteps * epochs.get(rung) / epochs.get(choices()));
  }

  /**
   * The candidates that climb on: the best ⌊n / η⌋ of n, at least one. Of equal ones it is that of
   * the smaller number.
   *
   * @param losses by candidate, of all that began the rung; NaN for one that diverged, which never
   *     climbs on
   */
  Set<Integer> kept(Map<Integer, Double> losses) {
    return new HashSet<>(
        losses.entrySet().stream()
            .filter(candidate -> !candidate.getValue().isNaN())
            .sorted(
                Comparator.comparing((Map.Entry<Integer, Double> c) -> c.getValue())
                    .thenComparing(Map.Entry::getKey))
            .limit(Math.max(1, losses.size() / eta))
            .map(Map.Entry::getKey)
            .toList());
  }
}
