package io.github.cola4j.io.peft;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.lowrank.LowRankTruncation;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The factors of an exported LoRA. A change that has the initial pair in it is a difference of two
 * large terms when they are stacked, and a half type would keep the terms, not the difference; so
 * each change is written by its singular values, √σ in either factor, to the rank at which that is
 * exact to float32.
 */
final class LoraFactors {
  /**
   * A module's change.
   *
   * @param all to the rank at which it is exact, the largest singular values first
   * @param values all singular values, descending; null if the factors are those of training
   * @param wanted the rank it needs
   */
  private record Part(LowRank all, double[] values, int wanted) {}

  private final PeftExport.Options options;
  private final Map<String, Part> parts = new LinkedHashMap<>();

  LoraFactors(PeftExport.Options options) {
    this.options = options;
  }

  void add(String module, LowRank change) {
    if (options.form() == PeftExport.Form.AS_TRAINED) {
      parts.put(module, new Part(change, null, change.rank()));
      return;
    }
    LowRankTruncation svd = new LowRankTruncation(change);
    int exact = svd.exactRank();
    int wanted = exact;
    if (options.rank() != null) {
      wanted = Math.min(exact, options.rank());
    } else if (options.variance() != null) {
      wanted = Math.min(exact, svd.rankFor(options.variance()));
    }
    parts.put(module, new Part(svd.to(exact), svd.values(), wanted));
  }

  /** The largest rank of any module. */
  int largestRank() {
    return parts.values().stream().mapToInt(Part::wanted).max().orElseThrow();
  }

  /** The least share of Σσ² that a module keeps; 1 if nothing was asked to be left out. */
  double kept() {
    return parts.values().stream().mapToDouble(this::kept).min().orElseThrow();
  }

  private double kept(Part part) {
    int rank = rank(part);
    return rank >= part.all.rank() ? 1 : LowRankTruncation.kept(part.values, rank);
  }

  /** A module's factors. Where all have one rank, those of a smaller one end in zeros. */
  LowRank of(String module) {
    Part part = parts.get(module);
    int rank = rank(part);
    return new LowRank(resized(part.all.a(), rank), resized(part.all.b(), rank));
  }

  private int rank(Part part) {
    return options.form() == PeftExport.Form.ONE_RANK ? largestRank() : part.wanted;
  }

  private static Matrix resized(Matrix factor, int rank) {
    return factor.columns() == rank
        ? factor
        : Matrix.of(
            factor.type(),
            factor.rows(),
            rank,
            Arrays.copyOf(factor.toArray(), factor.rows() * rank));
  }
}
