package io.github.cola4j.train;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * AdamW on a task's flat vector, each kind of parameter with its learning rate, after clipping the
 * gradient's global norm. Neighbouring parameters with equal learning rates share one kernel call;
 * the kernel has the formula. The norm counts a parameter as often as it has copies: ‖g‖² = Σ_p
 * copies_p ‖g_p‖².
 */
final class AdamW {

  /** Neighbouring parameters [from, to) with one learning rate. */
  record Run(int from, int to, double learningRate) {}

  /**
   * What the steps of a round change.
   *
   * @param runs by the steps that their moments have behind them
   * @param frozen what stays as it is
   */
  record Plan(Map<Integer, List<Run>> runs, List<Run> frozen) {}

  private final OptimizerConfig config;
  private final ParameterLayout layout;
  private final List<Counted> counted = new ArrayList<>();

  /** Neighbouring parameters [from, to) with equally many copies. */
  private record Counted(int from, int to, int copies) {}

  AdamW(OptimizerConfig config, ParameterLayout layout) {
    this.config = config;
    this.layout = layout;
    for (ParameterLayout.Entry entry : layout.entries()) {
      int to = entry.offset() + entry.length();
      Counted last = counted.isEmpty() ? null : counted.get(counted.size() - 1);
      if (last != null && last.copies() == entry.copies()) {
        counted.set(counted.size() - 1, new Counted(last.from(), to, last.copies()));
      } else {
        counted.add(new Counted(entry.offset(), to, entry.copies()));
      }
    }
  }

  /** Joins neighbours with equal learning rates whose moments have taken equally many steps. */
  Plan plan(LocalSteps steps) {
    Map<Integer, List<Run>> runs = new TreeMap<>();
    List<Run> frozen = new ArrayList<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      Integer behind = steps.behind().get(entry.kind());
      if (behind == null) {
        append(frozen, new Run(entry.offset(), entry.offset() + entry.length(), 0));
      } else {
        append(
            runs.computeIfAbsent(behind, unused -> new ArrayList<>()),
            run(entry, entry.offset(), entry.length()));
      }
    }
    return new Plan(runs, frozen);
  }

  private static void append(List<Run> runs, Run next) {
    Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (last != null && last.to() == next.from() && last.learningRate() == next.learningRate()) {
      runs.set(runs.size() - 1, new Run(last.from(), next.to(), next.learningRate()));
    } else {
      runs.add(next);
    }
  }

  /**
   * Changes what is trained of θ, m and v. The gradient of the rest becomes zero, so it does not
   * count in the norm either.
   *
   * @param step of the round, from 1
   * @param factor the schedule's, of every learning rate
   * @return the gradient's norm before clipping
   */
  double step(
      Kernels kernels,
      Matrix theta,
      Matrix m,
      Matrix v,
      Matrix gradient,
      Plan plan,
      int step,
      double factor) {
    clear(kernels, gradient, plan);
    double norm = norm(kernels.sumsOfSquares(measured(gradient)));
    kernels.adamW(updates(theta, m, v, gradient, plan, step, factor, norm));
    return norm;
  }

  /** The gradient of what stays as it is becomes zero. */
  void clear(Kernels kernels, Matrix gradient, Plan plan) {
    for (Run run : plan.frozen()) {
      kernels.fill(0, gradient.rows(run.from(), run.to()));
    }
  }

  /** The parts of a gradient whose sums of squares {@link #norm} takes. */
  List<Matrix> measured(Matrix gradient) {
    return counted.stream().map(some -> gradient.rows(some.from(), some.to())).toList();
  }

  /** The gradient's norm before clipping. */
  double norm(double[] sumsOfSquares) {
    double squares = 0;
    for (int i = 0; i < sumsOfSquares.length; i++) {
      squares += counted.get(i).copies() * sumsOfSquares[i];
    }
    return Math.sqrt(squares);
  }

  /** What {@link #step} changes, when the norm is known. */
  List<Update> updates(
      Matrix theta,
      Matrix m,
      Matrix v,
      Matrix gradient,
      Plan plan,
      int step,
      double factor,
      double norm) {
    List<Update> all = new ArrayList<>();
    plan.runs()
        .forEach(
            (behind, runs) ->
                all.addAll(
                    updates(theta, m, v, gradient, runs, behind + step, factor, scale(norm))));
    return all;
  }

  /** What clipping multiplies a gradient of a norm by. */
  double scale(double norm) {
    return config.clipNorm() > 0 ? Math.min(1, config.clipNorm() / (norm + 1e-6)) : 1;
  }

  /** Part of a parameter, with its learning rate. */
  Run run(ParameterLayout.Entry entry, int from, int length) {
    return new Run(from, from + length, learningRate(entry));
  }

  private double learningRate(ParameterLayout.Entry entry) {
    return switch (entry.kind()) {
      case A, OTHER, TASK_GATE -> config.learningRate() * entry.learningRateRatio();
      case B -> config.learningRate() * config.bRatio() * entry.learningRateRatio();
      case HEAD -> config.headLearningRate() * entry.learningRateRatio();
      case FIXED ->
          throw new IllegalArgumentException(
              entry.name() + " is not trained, so it has no learning rate");
    };
  }

  /** The changes of some parameters and their moments; the rest stay as they are. */
  List<Update> updates(
      Matrix theta,
      Matrix m,
      Matrix v,
      Matrix gradient,
      List<Run> some,
      int step,
      double factor,
      double scale) {
    List<Update> updates = new ArrayList<>();
    for (Run run : some) {
      updates.add(
          new Update(
              theta.rows(run.from(), run.to()),
              m.rows(run.from(), run.to()),
              v.rows(run.from(), run.to()),
              gradient.rows(run.from(), run.to()),
              new Kernels.AdamWStep(
                  run.learningRate() * factor,
                  config.beta1(),
                  config.beta2(),
                  config.eps(),
                  config.weightDecay(),
                  step,
                  scale)));
    }
    return updates;
  }
}
