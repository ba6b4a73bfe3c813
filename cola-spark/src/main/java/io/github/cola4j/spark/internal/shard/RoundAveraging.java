package io.github.cola4j.spark.internal.shard;

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
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.RoundCountsBuilder;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
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
  public LocalSteps steps(TaskPlan plan, TaskProgress progress) {
    Map<Kind, Integer> behind = new EnumMap<>(Kind.class);
    for (Kind kind : rule.trained(progress.rounds() + 1)) {
      int steps = progress.stepsBefore() + progress.step();
      for (int round = 1; round <= progress.rounds(); round++) {
        steps -= rule.trained(round).contains(kind) ? 0 : plan.stepsPerRound();
      }
      behind.put(kind, config.moments() == Moments.RESET ? 0 : steps);
    }
    return new LocalSteps(plan.nextSteps(progress.step()), behind);
  }

  /**
   * Trains a shard; on executors.
   *
   * @throws io.github.cola4j.train.DivergedException as {@link ShardTrainer#train}
   */
  public ShardUpdate train(TrainingContext job, ShardRounds.Assigned task, double lossLimit) {
    Shard shard = task.shard().shard();
    if (sendsGradients()) {
      LocalTrainer.Gradient gradient =
          ShardTrainer.gradient(job, task.plan().objective(), task.start(), shard, lossLimit);
      return new ShardUpdate(
          shard.index(),
          task.start().step(),
          gradient.mean(),
          null,
          gradient.labels(),
          RoundCountsBuilder.builder(RoundCounts.NONE)
              .lossSum(gradient.lossSum())
              .labels(gradient.labels())
              .examples(gradient.examples())
              .tokens(gradient.tokens())
              .shards(1)
              .build());
    }
    return update(
        task,
        ShardTrainer.train(
            job, task.plan().objective(), task.start(), shard, task.steps(), lossLimit));
  }

  /** Whether shards can be trained together: not where every step is averaged. */
  public boolean joins() {
    return !sendsGradients();
  }

  /** What a shard starts a round from. */
  public TaskState start(HeldState held, int shard) {
    TaskState state = held.present();
    if (!keepsMoments()) {
      return state;
    }
    ShardMoments kept = held.averaging().moments().get(shard);
    ShardMoments own = kept == null ? ShardMoments.none(state.theta().length) : kept;
    return new TaskState(state.theta(), own.m(), own.v(), state.step());
  }

  /** What a shard sends that was trained from {@link #start} on. */
  public ShardUpdate update(ShardRounds.Assigned task, LocalTrainer.Result result) {
    TaskState after = result.state();
    ParameterSlices trained = trained(after, task.steps());
    return new ShardUpdate(
        task.shard().shard().index(),
        after.step(),
        trained.of(after.theta()),
        config.moments() == Moments.RESET
            ? null
            : new ShardMoments(trained.of(after.m()), trained.of(after.v())),
        result.weight(),
        RoundCountsBuilder.builder(RoundCounts.NONE)
            .lossSum(result.lossSum())
            .labels(result.labels())
            .examples(result.examples())
            .tokens(result.tokens())
            .norms(result.norms())
            .shards(1)
            .build());
  }

  /**
   * What became of the updates of a task's shards.
   *
   * @param state after the round
   * @param norms of the gradients of optimiser steps that were taken here; none where shards have
   *     taken them
   */
  public record Averaged(TaskState state, GradientNorms norms) {}

  /**
   * The mean of a round's updates; on executors.
   *
   * @param totalSteps of the whole training
   * @param updates in the order of the shards, read once
   */
  public Averaged average(
      TrainingConfig training,
      TaskState before,
      LocalSteps steps,
      int totalSteps,
      Iterable<ShardUpdate> updates) {
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
              type, adapters.withHead(length), training, before, mean, steps, totalSteps);
      return new Averaged(step.state(), new GradientNorms(step.norm(), 1));
    }
    ParameterSlices trained = trained(before, steps);
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

  /**
   * The mean of the same slice of updates, which counts as one.
   *
   * @param slices in the order of the shards, read once
   */
  ShardUpdate mean(Iterable<ShardUpdate> slices) {
    boolean travel = config.moments() == Moments.AVERAGE && !sendsGradients();
    TaskState mean =
        rule.average(
            mapped(
                slices,
                slice -> {
                  float[] zeros = travel ? null : new float[slice.theta().length];
                  return new Weighted(
                      new TaskState(
                          slice.theta(),
                          travel ? slice.moments().m() : zeros,
                          travel ? slice.moments().v() : zeros,
                          slice.step()),
                      slice.weight());
                }),
            adapters);
    ShardMoments moments = travel ? new ShardMoments(mean.m(), mean.v()) : null;
    return new ShardUpdate(0, mean.step(), mean.theta(), moments, 1, RoundCounts.NONE);
  }

  /** One after the other, when it is read. */
  private static Iterable<Weighted> mapped(
      Iterable<ShardUpdate> updates, Function<ShardUpdate, Weighted> state) {
    return () -> StreamSupport.stream(updates.spliterator(), false).map(state).iterator();
  }

  /** Bytes of an update of so many parameters that may be cut; 0 where it stays as it is. */
  public long divisibleBytes(int parameters) {
    boolean divides = rule.isElementwise() && !keepsMoments();
    boolean alone = sendsGradients() || config.moments() == Moments.RESET;
    return divides ? (alone ? 1L : 3L) * Float.BYTES * parameters : 0;
  }

  /** Whether shards go on with moments of their own. */
  public boolean keepsMoments() {
    return config.moments() == Moments.KEEP;
  }

  /**
   * What a task is after a round; on executors.
   *
   * @param mean after averaging over shards and, in a shared scope, tasks
   * @param moments by shard, what the round trained of them; empty unless shards keep their own
   */
  public HeldState take(
      HeldState before, LocalSteps steps, TaskState mean, Map<Integer, ShardMoments> moments) {
    ParameterSlices trained = trained(mean, steps);
    Map<Integer, ShardMoments> kept = new TreeMap<>(before.averaging().moments());
    moments.forEach(
        (shard, parts) -> {
          ShardMoments old = kept.getOrDefault(shard, ShardMoments.none(mean.theta().length));
          kept.put(
              shard,
              new ShardMoments(
                  trained.replace(old.m(), parts.m()), trained.replace(old.v(), parts.v())));
        });
    if (config.outer() == null) {
      return before.trained(mean, new AveragingState(null, kept));
    }
    OuterOptimizer.Step step =
        OuterOptimizer.step(
            config.outer(),
            before.present().theta(),
            mean.theta(),
            before.averaging().velocity(),
            trained);
    return before.trained(
        new TaskState(step.theta(), mean.m(), mean.v(), mean.step()),
        new AveragingState(step.velocity(), kept));
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
