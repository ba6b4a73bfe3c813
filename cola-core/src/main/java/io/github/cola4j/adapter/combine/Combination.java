package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import java.util.List;

/**
 * A rule that makes one change of a layer from those of several tasks. A pure value.
 *
 * @see Combinations
 */
public interface Combination {

  /** The name a command uses. */
  String name();

  /**
   * The combined change.
   *
   * @param module the layer's name, which seeds what is random
   * @param changes ΔW_t of the tasks that change the layer, at least one
   * @param weights λ_t of these tasks
   */
  LowRank combine(String module, List<LowRank> changes, List<Double> weights);
}
