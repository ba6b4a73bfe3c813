package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.lowrank.LowRankTruncation;
import java.util.List;

/**
 * The best approximation of Σ_t λ_t ΔW_t by a rank ({@link LowRankTruncation}).
 *
 * @param rank of the result, at most
 */
public record TruncatedArithmetic(int rank) implements Combination {
  @Override
  public String name() {
    return "svd";
  }

  @Override
  public LowRank combine(String module, List<LowRank> changes, List<Double> weights) {
    return new LowRankTruncation(new TaskArithmetic().combine(module, changes, weights)).to(rank);
  }
}
