package io.github.cola4j.train;

import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels.Update;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trains several shards at a time, of the same task or of different ones, their sequences side by
 * side in one batch on the frozen model they share: each frozen product is computed once for all.
 * What a shard becomes is what {@link LocalTrainer} makes of it alone: batches, losses, dropout,
 * clipping, optimiser and schedule are its own; only the rounding of frozen products may depend on
 * how many columns they have. Belongs to one thread.
 */
public final class JointTrainer {
  private final List<LocalTrainer> trainers;
  private final int maxTokens;

  /**
   * A shard to train.
   *
   * @param state from which on
   * @param round its steps
   */
  public record Assignment(TaskState state, Shard shard, LocalSteps round) {}

  /**
   * What became of a shard.
   *
   * @param result null if it diverged
   * @param diverged null if it did not
   */
  public record Outcome(LocalTrainer.Result result, DivergedException diverged) {}

  /** A shard in a step: the parts that it has. */
  private record Stepping(int trainer, ShardRun run, int parts) {}

  /**
   * A trainer that works with the memory of others.
   *
   * @param trainers one a shard, of models of which {@link TaskModel#joins} holds; the pass of the
   *     first computes
   * @param maxTokens computed at once, of all shards
   */
  public JointTrainer(List<LocalTrainer> trainers, int maxTokens) {
    this.trainers = List.copyOf(trainers);
    this.maxTokens = maxTokens;
    TaskModel first = trainers.get(0).run().model();
    for (LocalTrainer trainer : trainers) {
      if (!first.joins(trainer.run().model())) {
        throw new IllegalArgumentException(
            "expected models of one kind on one frozen model; train these one after the other");
      }
    }
  }

  /**
   * Trains every shard; one that diverges leaves the others as they are.
   *
   * @param shards one a trainer, or fewer
   */
  public List<Outcome> train(List<Assignment> shards) {
    DivergedException[] diverged = new DivergedException[shards.size()];
    int steps = 0;
    for (int i = 0; i < shards.size(); i++) {
      Assignment shard = shards.get(i);
      trainers.get(i).run().start(shard.state(), shard.shard(), shard.round());
      steps = Math.max(steps, shard.round().steps());
    }
    for (int step = 0; step < steps; step++) {
      step(step, diverged);
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < diverged.length; i++) {
      outcomes.add(
          diverged[i] == null
              ? new Outcome(trainers.get(i).run().result(), null)
              : new Outcome(null, diverged[i]));
    }
    return outcomes;
  }

  private void step(int step, DivergedException[] diverged) {
    Pass pass = trainers.get(0).pass();
    List<Stepping> stepping = new ArrayList<>();
    int most = 0;
    for (int i = 0; i < diverged.length; i++) {
      ShardRun run = trainers.get(i).run();
      if (diverged[i] == null && step < run.steps()) {
        int parts = run.begin(step);
        if (parts > 0) {
          stepping.add(new Stepping(i, run, parts));
        }
        most = Math.max(most, parts);
      }
    }
    pass.kernels()
        .sums(
            stepping.stream()
                .map(shard -> new Sum(shard.run().model().gradient(), false, List.of()))
                .toList());
    for (int part = 0; part < most; part++) {
      int number = part;
      compute(stepping.stream().filter(s -> number < s.parts()).toList(), part);
    }
    end(pass.kernels(), stepping, diverged);
  }

  /** Ends the step of each shard: all norms are read at once. */
  private static void end(Kernels kernels, List<Stepping> stepping, DivergedException[] diverged) {
    List<ShardRun> ended = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    List<Matrix> gradients = new ArrayList<>();
    for (Stepping shard : stepping) {
      try {
        List<Matrix> own = shard.run().measured(kernels);
        ended.add(shard.run());
        starts.add(gradients.size());
        gradients.addAll(own);
      } catch (DivergedException e) {
        diverged[shard.trainer()] = e;
      }
    }
    starts.add(gradients.size());
    double[] squares = kernels.sumsOfSquares(gradients);
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < ended.size(); i++) {
      double[] own = Arrays.copyOfRange(squares, starts.get(i), starts.get(i + 1));
      updates.addAll(ended.get(i).updates(own));
    }
    kernels.adamW(updates);
  }

  /** Computes the same part of several shards' steps, as many at once as there is room for. */
  private void compute(List<Stepping> shards, int part) {
    int from = 0;
    while (from < shards.size()) {
      int to = from;
      int tokens = 0;
      while (to < shards.size()
          && (to == from || tokens + shards.get(to).run().tokens(part) <= maxTokens)) {
        tokens += shards.get(to).run().tokens(part);
        to++;
      }
      pass(shards.subList(from, to).stream().map(Stepping::run).toList(), part);
      from = to;
    }
  }

  private void pass(List<ShardRun> runs, int part) {
    Pass pass = trainers.get(0).pass();
    pass.startTraining(
        runs.stream().mapToLong(run -> run.seed(part)).toArray(),
        runs.stream().mapToDouble(run -> run.share(part)).toArray());
    if (part == 0) {
      for (ShardRun run : runs) {
        run.refresh(pass);
      }
    }
    List<TaskModel.Part> batches = runs.stream().map(run -> run.batch(part)).toList();
    double[] losses = runs.get(0).model().losses(pass, batches);
    for (int r = 0; r < losses.length; r++) {
      runs.get(r).add(losses[r]);
    }
  }
}
