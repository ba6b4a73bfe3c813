package io.github.cola4j.train;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels.Update;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.batch.Batch;
import java.util.List;

/**
 * A shard's training while it goes on: parameters, moments and what was counted; the passes of its
 * steps are another's.
 */
final class ShardRun {
  private final TaskModel model;
  private final TrainingConfig config;
  private final AdamW optimizer;
  private final Boosting boosting; // null for none
  private final Matrix m;
  private final Matrix v;

  private Shard shard;
  private int firstStep;
  private int steps;
  private AdamW.Plan plan;
  private double lossSum;
  private double labels;
  private long examples;
  private double weight;
  private long tokens;
  private double norms;
  private long taken;

  // of the step that is being taken
  private int step;
  private int[] chosen;
  private List<int[]> parts;
  private double stepLabels;
  private double stepLoss;

  ShardRun(TaskModel model, TrainingConfig config) {
    this.model = model;
    this.config = config;
    this.optimizer = new AdamW(config.optimizer(), model.layout());
    this.boosting =
        config.boosting() == null
            ? null
            : new Boosting(config.boosting(), optimizer, model.layout());
    this.m = Matrix.zeros(model.theta().type(), model.layout().length(), 1);
    this.v = Matrix.zeros(model.theta().type(), model.layout().length(), 1);
  }

  TaskModel model() {
    return model;
  }

  /** Goes on from a state with a round of steps. */
  void start(TaskState state, Shard data, LocalSteps round) {
    if (boosting != null) {
      boosting.requireRank(data.totalSteps());
    }
    start(state, data);
    m.set(state.m());
    v.set(state.v());
    steps = round.steps();
    plan = optimizer.plan(round);
  }

  /** Goes on from a state whose moments are not needed. */
  void start(TaskState state, Shard data) {
    model.theta().set(state.theta());
    shard = data;
    firstStep = state.step();
    lossSum = 0;
    labels = 0;
    examples = 0;
    weight = 0;
    tokens = 0;
    norms = 0;
    taken = 0;
  }

  /** How many steps the round has. */
  int steps() {
    return steps;
  }

  /**
   * Starts a step, for which the gradient is to be zero.
   *
   * @param number of the round's steps, from 0
   * @return how many parts it has, each at most as large as may be computed at once; 0 where a
   *     small shard has no example left for it
   */
  int begin(int number) {
    step = firstStep + number;
    chosen = shard.chosen(step);
    stepLoss = 0;
    stepLabels = supervised(chosen);
    parts = Batcher.byTokens(shard.samples(), chosen, config.maxTokens());
    return parts.size();
  }

  /** Decides what is random in a part of the step. */
  long seed(int part) {
    return Seeds.mix(shard.seed(), step, part);
  }

  /** A part's share of the step's labels. */
  double share(int part) {
    return supervised(parts.get(part)) / all();
  }

  /** Takes up the parameters, before the first part of the step. */
  void refresh(Pass pass) {
    model.refresh(pass, Seeds.mix(shard.taskSeed(), step), true);
  }

  /** How many tokens a part has. */
  int tokens(int part) {
    int sum = 0;
    for (int index : parts.get(part)) {
      sum += shard.samples().get(index).length();
    }
    return sum;
  }

  /**
   * Adds a part's gradient of the mean loss of the step's labels, Σ w L / Σ w with the weight w of
   * each label's sample; the pass was started for it.
   */
  void compute(Pass pass, int part) {
    int[] indices = parts.get(part);
    Batch batch = Batcher.batch(shard.samples(), indices);
    int[] answers = Batcher.labels(shard.samples(), indices);
    double[] weights = Batcher.weights(shard.samples(), indices);
    add(
        weights == null
            ? model.loss(pass, batch, answers, 1 / all())
            : model.loss(pass, batch, answers, weights, 1 / all()));
  }

  /** What {@link #compute} would compute, for a pass of several runs. */
  TaskModel.Part batch(int part) {
    int[] indices = parts.get(part);
    return new TaskModel.Part(
        model,
        Batcher.sequences(shard.samples(), indices),
        Batcher.labels(shard.samples(), indices),
        Batcher.weights(shard.samples(), indices),
        1 / all());
  }

  /** Takes the loss Σ w L of a part. */
  void add(double loss) {
    stepLoss += loss;
  }

  /**
   * Ends a step with one of AdamW.
   *
   * @throws DivergedException if the step's loss is not finite
   */
  void end(Kernels kernels) {
    List<Matrix> gradient = measured(kernels);
    kernels.adamW(updates(kernels.sumsOfSquares(gradient)));
  }

  /**
   * Counts what a step saw, before its parameters change.
   *
   * @return what {@link #updates} needs the sums of squares of
   * @throws DivergedException if the step's loss is not finite
   */
  List<Matrix> measured(Kernels kernels) {
    count();
    taken++;
    if (boosting != null) {
      norms +=
          boosting.step(
              kernels, model.theta(), m, v, model.gradient(), shard.taskSeed(), step, factor());
      return List.of();
    }
    optimizer.clear(kernels, model.gradient(), plan);
    return optimizer.measured(model.gradient());
  }

  /** What ends the step, which was counted; nothing where that has done it. */
  List<Update> updates(double[] sumsOfSquares) {
    if (boosting != null) {
      return List.of();
    }
    double norm = optimizer.norm(sumsOfSquares);
    norms += norm;
    int number = step - firstStep + 1;
    return optimizer.updates(model.theta(), m, v, model.gradient(), plan, number, factor(), norm);
  }

  private double factor() {
    return config.schedule().factor(step, shard.totalSteps());
  }

  /**
   * Counts what a step saw, whose parameters stay.
   *
   * @throws DivergedException if its loss is not finite
   */
  void count() {
    if (!Double.isFinite(stepLoss)) {
      throw new DivergedException(
          "the loss is "
              + stepLoss
              + " at step "
              + step
              + "; lower the learning rate, or clip gradients (optimizer.clipNorm)");
    }
    lossSum += stepLoss;
    examples += chosen.length;
    for (int index : chosen) {
      Sample sample = shard.samples().get(index);
      labels += supervised(sample);
      weight += sample.weight();
      tokens += sample.length();
    }
  }

  /** What the steps did. */
  LocalTrainer.Result result() {
    TaskState after =
        new TaskState(model.theta().toArray(), m.toArray(), v.toArray(), firstStep + steps);
    return new LocalTrainer.Result(
        after, lossSum, labels, examples, weight, tokens, new GradientNorms(norms, taken));
  }

  /** The gradient of the step that was counted last; zero where it saw nothing. */
  LocalTrainer.Gradient gradient() {
    float[] mean = examples == 0 ? new float[model.layout().length()] : model.gradient().toArray();
    return new LocalTrainer.Gradient(mean, lossSum, labels, examples, tokens);
  }

  private double all() {
    return stepLabels == 0 ? 1 : stepLabels;
  }

  private double supervised(int[] indices) {
    double sum = 0;
    for (int index : indices) {
      sum += supervised(shard.samples().get(index));
    }
    return sum;
  }

  /** How many labels of a sample count, each as the sample's weight. */
  private static double supervised(Sample sample) {
    return sample.weight() * sample.supervised();
  }
}
