package io.github.cola4j.io.quantized;

import io.github.cola4j.adapter.TargetModules;
import java.util.List;
import java.util.Locale;

/**
 * A start of adapters that is found while a model is quantised: matrices L [out × r] and R [r × in]
 * with W ≈ Q + L R, where Q is what the quantised weight stands for. With SVD_r for the nearest
 * matrix of rank r, and T iterations:
 *
 * <pre>
 *   LoftQ:   L R = 0;           T times: Q = q(W − L R), L R = SVD_r(W − Q)
 *   QPiSSA:  L R = SVD_r(W);    T times: Q = q(W − L R), and but for the last L R = SVD_r(W − Q)
 * </pre>
 *
 * <p>L R is split evenly: L = U √S, R = √S Vᵀ. Sources: LoftQ arXiv 2310.08659, algorithm 1; QPiSSA
 * arXiv 2404.02948, section 4. Neither has a scaling s there: adapters divide by it, so that Q + s
 * B A = Q + L R.
 *
 * @param kind which of them
 * @param rank r
 * @param iterations T
 * @param targets the layers that get a start, as a job file's {@code adapter.targets}; the others
 *     are quantised as without one
 */
public record QuantizationStart(Kind kind, int rank, int iterations, List<String> targets) {
  /** What the iterations begin with. */
  public enum Kind {
    /** Nothing: the adapter makes up what quantisation has lost. */
    LOFTQ,
    /** The leading part of W: the adapter trains it, and what is left is quantised. */
    QPISSA;

    /** As {@code adapter.init} of a job file. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the values. */
  public QuantizationStart {
    if (rank < 1 || iterations < 1) {
      throw new IllegalArgumentException(
          "a start needs a rank and iterations of at least 1, got " + rank + " and " + iterations);
    }
    targets = targets == null ? List.of(TargetModules.ALL_LINEAR) : List.copyOf(targets);
  }

  /** One of all layers, by five iterations, as LoftQ's paper has them. */
  public static QuantizationStart of(Kind kind, int rank) {
    return new QuantizationStart(kind, rank, 5, null);
  }
}
