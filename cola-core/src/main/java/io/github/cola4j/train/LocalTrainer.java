package io.github.cola4j.train;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.batch.Batch;
import java.io.Serializable;
import java.util.List;

/**
 * The training loop: a pure function of state, shard and number of steps, whatever machine it runs
 * on. Belongs to one thread.
 */
public final class LocalTrainer {
  private final TaskModel model;
  private final Pass pass;
  private final TrainingConfig config;
  private final AdamW optimizer;
  private final Boosting boosting; // null for none
  private final Matrix m;
  private final Matrix v;

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
    this.model = model;
    this.pass = pass;
    this.config = config;
    this.optimizer = new AdamW(config.optimizer(), model.layout());
    this.boosting =
        config.boosting() == null
            ? null
            : new Boosting(config.boosting(), optimizer, model.layout());
    this.m = Matrix.zeros(model.theta().type(), model.layout().length(), 1);
    this.v = Matrix.zeros(model.theta().type(), model.layout().length(), 1);
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
    if (boosting != null) {
      boosting.requireRank(shard.totalSteps());
    }
    model.theta().set(state.theta());
    m.set(state.m());
    v.set(state.v());
    AdamW.Plan plan = optimizer.plan(round);
    double lossSum = 0;
    double labels = 0;
    long examples = 0;
    double weight = 0;
    long tokens = 0;
    double norms = 0;
    long taken = 0;
    int steps = round.steps();
    for (int step = state.step(); step < state.step() + steps; step++) {
      int[] chosen = shard.chosen(step);
      if (chosen.length > 0) {
        lossSum += computeGradient(shard, step, chosen);
        norms += update(shard, step, plan, step - state.step() + 1);
        taken++;
        examples += chosen.length;
        for (int index : chosen) {
          labels += supervised(shard.samples().get(index));
          weight += shard.samples().get(index).weight();
          tokens += shard.samples().get(index).length();
        }
      }
    }
    TaskState after =
        new TaskState(model.theta().toArray(), m.toArray(), v.toArray(), state.step() + steps);
    return new Result(
        after, lossSum, labels, examples, weight, tokens, new GradientNorms(norms, taken));
  }

  /** The gradient with which {@link #train} would take the next step. */
  public Gradient gradient(TaskState state, Shard shard) {
    model.theta().set(state.theta());
    int[] chosen = shard.chosen(state.step());
    if (chosen.length == 0) {
      return new Gradient(new float[state.theta().length], 0, 0, 0, 0);
    }
    double loss = computeGradient(shard, state.step(), chosen);
    double labels = 0;
    long tokens = 0;
    for (int index : chosen) {
      labels += supervised(shard.samples().get(index));
      tokens += shard.samples().get(index).length();
    }
    return new Gradient(model.gradient().toArray(), loss, labels, chosen.length, tokens);
  }

  /** How many labels of a sample count, each as the sample's weight. */
  private static double supervised(Sample sample) {
    return sample.weight() * sample.supervised();
  }

  /**
   * Computes the gradient of the mean loss of the chosen samples' labels, Σ w L / Σ w with the
   * weight w of each label's sample; returns Σ w L.
   */
  private double computeGradient(Shard shard, int step, int[] chosen) {
    Kernels kernels = pass.kernels();
    List<Sample> samples = shard.samples();
    kernels.fill(0, model.gradient());
    double labels = 0;
    for (int index : chosen) {
      labels += supervised(samples.get(index));
    }
    double all = labels == 0 ? 1 : labels;
    double loss = 0;
    int part = 0;
    for (int[] indices : Batcher.byTokens(samples, chosen, config.maxTokens())) {
      double own = 0;
      for (int index : indices) {
        own += supervised(samples.get(index));
      }
      pass.startTraining(Seeds.mix(shard.seed(), step, part), own / all);
      if (part++ == 0) {
        model.refresh(pass, Seeds.mix(shard.taskSeed(), step), true);
      }
      Batch batch = Batcher.batch(samples, indices);
      int[] answers = Batcher.labels(samples, indices);
      double[] weights = Batcher.weights(samples, indices);
      loss +=
          weights == null
              ? model.loss(pass, batch, answers, 1 / all)
              : model.loss(pass, batch, answers, weights, 1 / all);
    }
    if (!Double.isFinite(loss)) {
      throw new DivergedException(
          "the loss is "
              + loss
              + " at step "
              + step
              + "; lower the learning rate, or clip gradients (optimizer.clipNorm)");
    }
    return loss;
  }

  /**
   * One step of AdamW.
   *
   * @param stepOfRound from 1
   * @return the gradient's norm before clipping
   */
  private double update(Shard shard, int step, AdamW.Plan plan, int stepOfRound) {
    Kernels kernels = pass.kernels();
    double factor = config.schedule().factor(step, shard.totalSteps());
    Matrix theta = model.theta();
    return boosting == null
        ? optimizer.step(kernels, theta, m, v, model.gradient(), plan, stepOfRound, factor)
        : boosting.step(kernels, theta, m, v, model.gradient(), shard.taskSeed(), step, factor);
  }
}
