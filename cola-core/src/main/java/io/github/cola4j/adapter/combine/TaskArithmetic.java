package io.github.cola4j.adapter.combine;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Matrix;
import java.util.List;

/**
 * ΔW = Σ_t λ_t ΔW_t (arXiv 2212.04089), exactly: the factors stand side by side, so the rank is the
 * sum of the tasks' ranks. HF PEFT calls it {@code cat}.
 */
public record TaskArithmetic() implements Combination {
  @Override
  public String name() {
    return "arithmetic";
  }

  @Override
  public LowRank combine(String module, List<LowRank> changes, List<Double> weights) {
    LowRank first = changes.get(0);
    int rank = changes.stream().mapToInt(LowRank::rank).sum();
    float[] a = new float[first.a().rows() * rank];
    float[] b = new float[first.b().rows() * rank];
    int from = 0;
    for (int t = 0; t < changes.size(); t++) {
      LowRank change = changes.get(t);
      float weight = weights.get(t).floatValue();
      System.arraycopy(
          change.a().toArray(), 0, a, from * first.a().rows(), (int) change.a().length());
      float[] own = change.b().toArray();
      for (int i = 0; i < own.length; i++) {
        b[from * first.b().rows() + i] = weight * own[i];
      }
      from += change.rank();
    }
    return new LowRank(
        Matrix.of(first.a().type(), first.a().rows(), rank, a),
        Matrix.of(first.b().type(), first.b().rows(), rank, b));
  }
}
