package io.github.cola4j.train;

import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.Pass;
import java.io.Serializable;

/**
 * The training loop: a pure function of state, shard and number of steps, whatever machine it runs
 * on. Belongs to one thread.
 */
public final class LocalTrainer {
  private final Pass pass;
  private final ShardRun run;

  /**
   * What some steps did.
   *
   * @param state after them
   * @param lossSum sum of the labels' cross-entropies, each at the step that saw it and times the
   *     weight of its example
   * @param labels how many counted, one an example of a classification, one a supervised token;
   *     each as its example's weight
   * @param examples how many the steps saw
   * @param weight of these
   * @param tokens how many these had
   * @param norms of the gradients of the steps that saw examples
   */
  public record Result(
      TaskState state,
      double lossSum,
      double labels,
      long examples,
      double weight,
      long tokens,
      GradientNorms norms)
      implements Serializable {}

  /** A trainer that works with a model's memory. */
  public LocalTrainer(TaskModel model, Pass pass, TrainingConfig config) {
    this.pass = pass;
    this.run = new ShardRun(model, config);
  }

  /**
   * The gradient of one step, which was not taken.
   *
   * @param mean gradient of the mean loss of the step's labels [P]; zero where there are none
   * @param lossSum sum of their cross-entropies, each times the weight of its example
   * @param labels how many counted, each as its example's weight
   * @param examples how many the step saw
   * @param tokens how many these had
   */
  public record Gradient(float[] mean, double lossSum, double labels, long examples, long tokens) {}

  /**
   * Trains the next {@code steps} steps after those the state has behind it.
   *
   * @throws DivergedException if a step's loss is not finite
   */
  public Result train(TaskState state, Shard shard, int steps) {
    return train(state, shard, LocalSteps.all(steps, state.step()));
  }

  /** Trains some kinds of parameters in the next steps after those the state has behind it. */
  public Result train(TaskState state, Shard shard, LocalSteps round) {
    run.start(state, shard, round);
    for (int step = 0; step < round.steps(); step++) {
      if (compute(step)) {
        run.end(pass.kernels());
      }
    }
    return run.result();
  }

  /** The gradient with which {@link #train} would take the next step. */
  public Gradient gradient(TaskState state, Shard shard) {
    run.start(state, shard);
    if (compute(0)) {
      run.count();
    }
    return run.gradient();
  }

  /** Computes the gradient of a step; false if it has no example. */
  private boolean compute(int step) {
    int parts = run.begin(step);
    if (parts > 0) {
      pass.kernels().fill(0, run.model().gradient());
    }
    for (int part = 0; part < parts; part++) {
      pass.startTraining(run.seed(part), run.share(part));
      if (part == 0) {
        run.refresh(pass);
      }
      run.compute(pass, part);
    }
    return parts > 0;
  }

  /** The training that this trainer's passes compute. */
  ShardRun run() {
    return run;
  }

  /** What its passes work with. */
  Pass pass() {
    return pass;
  }
}
