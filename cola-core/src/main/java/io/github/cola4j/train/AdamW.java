package io.github.cola4j.train;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import java.util.ArrayList;
import java.util.List;

/**
 * AdamW on a task's flat vector, each kind of parameter with its learning rate, after clipping the
 * gradient's global norm. One kernel call a run of equal rates; the kernel has the formula.
 */
final class AdamW {

  /** Parameters from a place to another with one learning rate. */
  private record Run(int from, int to, double rate) {}

  private final OptimizerConfig config;
  private final List<Run> runs = new ArrayList<>();

  AdamW(OptimizerConfig config, ParameterLayout layout) {
    this.config = config;
    for (ParameterLayout.Entry entry : layout.entries()) {
      double rate =
          switch (entry.kind()) {
            case A, OTHER, TASK_GATE -> config.learningRate() * entry.rate();
            case B -> config.learningRate() * config.bRatio() * entry.rate();
            case HEAD -> config.headLearningRate() * entry.rate();
          };
      int end = entry.offset() + entry.length();
      Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last.rate() == rate) {
        runs.set(runs.size() - 1, new Run(last.from(), end, rate));
      } else {
        runs.add(new Run(entry.offset(), end, rate));
      }
    }
  }

  /**
   * Changes θ, m and v.
   *
   * @param step t, from 1
   * @param factor the schedule's, of every learning rate
   * @return the gradient's norm before clipping
   */
  double step(
      Kernels kernels, Matrix theta, Matrix m, Matrix v, Matrix gradient, int step, double factor) {
    double norm = Math.sqrt(kernels.sumOfSquares(gradient));
    double scale = config.clipNorm() > 0 ? Math.min(1, config.clipNorm() / (norm + 1e-6)) : 1;
    for (Run run : runs) {
      kernels.adamW(
          theta.rows(run.from(), run.to()),
          m.rows(run.from(), run.to()),
          v.rows(run.from(), run.to()),
          gradient.rows(run.from(), run.to()),
          new Kernels.AdamWStep(
              run.rate() * factor,
              config.beta1(),
              config.beta2(),
              config.eps(),
              config.weightDecay(),
              step,
              scale));
    }
    return norm;
  }
}
