package io.github.cola4j.adapter;

import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.List;

/** What an {@link AdditiveAdapter} adds to its layer's output. Belongs to one thread. */
public interface Delta {

  /** See {@link Adapter#refresh}. */
  void refresh(Pass pass, long seed, boolean training);

  /** Adds to Y [out × T], which holds W X + b. */
  Adapter.Saved forward(Pass pass, Matrix x, Matrix y);

  /** Adds to the gradient vector, and to dX [in × T] unless that is null. */
  void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX);

  /** See {@link Adapter#unmergeableReason}. */
  default String unmergeableReason() {
    return null;
  }

  /** The change as a product B A, as it is after the last refresh; null if it is none. */
  default LowRank lowRank() {
    return null;
  }

  /**
   * A forward or backward as GEMMs, so that those of several tasks and layers are computed together
   * ({@link Kernels#gemms}).
   *
   * @param saved what the backward needs; null of a backward
   * @param gemms in rounds: those of a round need the rounds before, and none of their own
   * @param sums after the last round
   * @param after whatever comes last; null for nothing
   */
  record Rounds(Adapter.Saved saved, List<List<Gemm>> gemms, List<Sum> sums, Runnable after) {

    /** Computes some that do not write to the same matrices, one round of all at a time. */
    static void compute(Kernels kernels, List<Rounds> all) {
      int most = all.stream().mapToInt(rounds -> rounds.gemms.size()).max().orElse(0);
      for (int round = 0; round < most; round++) {
        List<Gemm> together = new ArrayList<>();
        for (Rounds rounds : all) {
          if (round < rounds.gemms.size()) {
            together.addAll(rounds.gemms.get(round));
          }
        }
        kernels.gemms(together);
      }
      List<Sum> sums = all.stream().flatMap(rounds -> rounds.sums.stream()).toList();
      if (!sums.isEmpty()) {
        kernels.sums(sums);
      }
      for (Rounds rounds : all) {
        if (rounds.after != null) {
          rounds.after.run();
        }
      }
    }
  }

  /** A change whose forward and backward are {@link Rounds}. */
  interface InRounds extends Delta {

    /** What {@link #refresh} computes from the parameters. */
    List<Sum> refreshed(long seed, boolean training);

    /** What {@link #forward} computes; its matrices are working memory of the pass. */
    Rounds forwardRounds(Pass pass, Matrix x, Matrix y);

    /** What {@link #backward} computes; its matrices are working memory of the pass. */
    Rounds backwardRounds(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX);

    @Override
    default void refresh(Pass pass, long seed, boolean training) {
      pass.kernels().sums(refreshed(seed, training));
    }

    @Override
    default Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
      Rounds rounds = forwardRounds(pass, x, y);
      Rounds.compute(pass.kernels(), List.of(rounds));
      return rounds.saved();
    }

    @Override
    default void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
      var mark = pass.arena().mark();
      Rounds.compute(pass.kernels(), List.of(backwardRounds(pass, saved, dY, dX)));
      pass.arena().release(mark);
    }
  }
}
