package io.github.cola4j.spark.internal.round;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.spark.averaging.AdapterStructure;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.AveragingRule;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.averaging.AveragingState;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.OuterOptimizer;
import io.github.cola4j.spark.averaging.ParameterSlices;
import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.GradientStep;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.apache.spark.broadcast.Broadcast;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a job's way of averaging has to do with a round: which steps it has ({@link #steps}), what a
 * shard sends ({@link #train}), what becomes of that ({@link #average}) and what a task keeps of it
 * ({@link #take}).
 *
 * @param adapters what is averaged
 * @param type of the numbers that are computed with
 */
public record RoundAveraging(
    AveragingConfig config, AveragingRule rule, AdapterStructure adapters, DataType type)
    implements Serializable {

  /** Refuses an averaging that cannot do what it promises. */
  public static RoundAveraging of(
      RoundConfig rounds, TrainingConfig training, AdaptedModules modules, DataType type) {
    AdapterStructure adapters = AdapterStructure.of(modules);
    AveragingRules.requireFit(rounds.averaging(), rounds.scope(), training, adapters);
    return new RoundAveraging(
        rounds.averaging(), AveragingRules.of(rounds.averaging()), adapters, type);
  }

  /** The same for states that have the factors in another form. */
  public RoundAveraging with(AdaptedModules modules) {
    return new RoundAveraging(config, rule, AdapterStructure.of(modules), type);
  }

  /**
   * A task's coming round. Moments of a kind that some rounds did not train are younger than the
   * state; all are new where every round begins without.
   */
  LocalSteps steps(TaskProgress task) {
    Map<Kind, Integer> behind = new EnumMap<>(Kind.class);
    for (Kind kind : rule.trained(task.rounds + 1)) {
      int steps = task.stepsBefore + task.state.step();
      for (int round = 1; round <= task.rounds; round++) {
        steps -= rule.trained(round).contains(kind) ? 0 : task.stepsPerRound;
      }
      behind.put(kind, config.moments() == Moments.RESET ? 0 : steps);
    }
    return new LocalSteps(task.nextSteps(), behind);
  }

  /** Makes sure that this executor has what a shard starts from. */
  void fetch(RoundRunner.Assignment task, Shard shard) {
    task.state().value();
    Broadcast<ShardMoments> kept = task.moments().get(shard.index());
    if (kept != null) {
      kept.value();
    }
  }

  /**
   * Trains a shard; on executors.
   *
   * @throws io.github.cola4j.train.DivergedException as {@link ShardTrainer#train}
   */
  ShardUpdate train(
      TrainingContext job, RoundRunner.Assignment task, Shard shard, double lossLimit) {
    if (sendsGradients()) {
      TaskState state = task.state().value();
      LocalTrainer.Gradient gradient =
          ShardTrainer.gradient(job, task.objective(), state, shard, lossLimit);
      return new ShardUpdate(
          shard.index(),
          state.step(),
          gradient.mean(),
          null,
          gradient.lossSum(),
          gradient.labels(),
          gradient.examples(),
          gradient.labels(),
          gradient.tokens(),
          GradientNorms.NONE,
          null);
    }
    return update(
        task,
        shard,
        ShardTrainer.train(
            job, task.objective(), start(task, shard), shard, task.steps(), lossLimit));
  }

  /** Whether shards can be trained together: not where every step is averaged. */
  boolean joins() {
    return !sendsGradients();
  }

  /** What a shard starts a round from. */
  TaskState start(RoundRunner.Assignment task, Shard shard) {
    TaskState state = task.state().value();
    if (!keepsMoments()) {
      return state;
    }
    Broadcast<ShardMoments> kept = task.moments().get(shard.index());
    ShardMoments own = kept == null ? ShardMoments.none(state.theta().length) : kept.value();
    return new TaskState(state.theta(), own.m(), own.v(), state.step());
  }

  /** What a shard sends that was trained from {@link #start} on. */
  ShardUpdate update(RoundRunner.Assignment task, Shard shard, LocalTrainer.Result result) {
    TaskState after = result.state();
    ParameterSlices trained = trained(after, task.steps());
    return new ShardUpdate(
        shard.index(),
        after.step(),
        trained.of(after.theta()),
        config.moments() == Moments.RESET
            ? null
            : new ShardMoments(trained.of(after.m()), trained.of(after.v())),
        result.lossSum(),
        result.labels(),
        result.examples(),
        result.weight(),
        result.tokens(),
        result.norms(),
        null);
  }

  /**
   * What became of the updates of a task's shards.
   *
   * @param state after the round
   * @param norms of the gradients of optimiser steps that were taken here; none where shards have
   *     taken them
   */
  record Averaged(TaskState state, GradientNorms norms) {}

  /**
   * The task's state after a round; on executors.
   *
   * @param updates in the order of the shards, read once
   */
  Averaged average(
      TrainingConfig training, RoundRunner.Assignment task, Iterable<ShardUpdate> updates) {
    TaskState before = task.state().value();
    int length = before.theta().length;
    float[] zeros = new float[length];
    if (sendsGradients()) {
      float[] mean =
          rule.average(
                  mapped(
                      updates,
                      update ->
                          new Weighted(
                              new TaskState(update.theta(), zeros, zeros, update.step()),
                              update.weight())),
                  adapters)
              .theta();
      GradientStep.Result step =
          GradientStep.take(
              type,
              adapters.withHead(length),
              training,
              before,
              mean,
              task.steps(),
              task.totalSteps());
      return new Averaged(step.state(), new GradientNorms(step.norm(), 1));
    }
    ParameterSlices trained = trained(before, task.steps());
    boolean travel = config.moments() == Moments.AVERAGE;
    TaskState mean =
        rule.average(
            mapped(
                updates,
                update ->
                    new Weighted(
                        new TaskState(
                            trained.replace(before.theta(), update.theta()),
                            travel ? trained.replace(before.m(), update.moments().m()) : zeros,
                            travel ? trained.replace(before.v(), update.moments().v()) : zeros,
                            update.step()),
                        update.weight())),
            adapters);
    return new Averaged(mean, GradientNorms.NONE);
  }

  /** One after the other, when it is read. */
  private static Iterable<Weighted> mapped(
      Iterable<ShardUpdate> updates, Function<ShardUpdate, Weighted> state) {
    return () -> StreamSupport.stream(updates.spliterator(), false).map(state).iterator();
  }

  /** Whether shards go on with moments of their own. */
  boolean keepsMoments() {
    return config.moments() == Moments.KEEP;
  }

  /**
   * Puts a round's state in the place of a task's; on the driver.
   *
   * @param mean after averaging over shards and, in a shared scope, tasks
   * @param moments by shard, what the round trained of them; empty unless shards keep their own
   */
  void take(TaskProgress task, TaskState mean, Map<Integer, ShardMoments> moments) {
    ParameterSlices trained = trained(mean, steps(task));
    Map<Integer, ShardMoments> kept = new TreeMap<>(task.averaging.moments());
    task.momentsSent = kept.values().stream().mapToLong(ShardMoments::bytes).sum();
    moments.forEach(
        (shard, parts) -> {
          ShardMoments old = kept.getOrDefault(shard, ShardMoments.none(mean.theta().length));
          kept.put(
              shard,
              new ShardMoments(
                  trained.replace(old.m(), parts.m()), trained.replace(old.v(), parts.v())));
        });
    if (config.outer() == null) {
      task.averaging = new AveragingState(null, kept);
      task.state = new KeptState(mean);
      return;
    }
    OuterOptimizer.Step step =
        OuterOptimizer.step(
            config.outer(),
            task.state.get().theta(),
            mean.theta(),
            task.averaging.velocity(),
            trained);
    task.averaging = new AveragingState(step.velocity(), kept);
    task.state = new KeptState(new TaskState(step.theta(), mean.m(), mean.v(), mean.step()));
  }

  /** Whether a task's moments are one pair of vectors of one age, to go on with elsewhere. */
  public boolean hasOneOptimizer() {
    return config.moments() == Moments.AVERAGE
        && rule.trained(1).equals(Kind.trainable())
        && rule.trained(2).equals(Kind.trainable());
  }

  private boolean sendsGradients() {
    return rule.compatibility() == AveragingRule.Compatibility.GRADIENTS;
  }

  private ParameterSlices trained(TaskState state, LocalSteps steps) {
    return adapters.slices(state.theta().length, steps.trained());
  }
}
