package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** The Spark jobs of a round. States go out by broadcast, so an executor fetches what it trains. */
public final class RoundRunner {
  // one state at a time on its way to the driver, as long as a map of all blocks is no burden
  private static final int MOST_REDUCERS = 1000;

  private final JavaSparkContext spark;
  private final TrainingContext job;
  private final RoundAveraging averaging;
  private final RoundConfig rounds;
  private final ShardCounters counters;

  /** A runner. */
  public RoundRunner(
      JavaSparkContext spark, TrainingContext job, RoundAveraging averaging, RoundConfig rounds) {
    this.spark = spark;
    this.job = job;
    this.averaging = averaging;
    this.rounds = rounds;
    this.counters = ShardCounters.register(spark);
  }

  /**
   * What a round's shards made of one task's state.
   *
   * @param state what the states or gradients of sound shards became; null if there was none
   * @param moments by shard, what the round trained of them; empty unless shards keep their own
   * @param lossSum of their labels
   * @param labels how many counted, each as its example's weight
   * @param examples seen
   * @param tokens of these
   * @param shards how many were averaged
   * @param rejected how many were not
   * @param rejectedBecause what was wrong with the first of these; null where there is none
   * @param bytes of their updates
   * @param norms of the gradients of the optimiser steps that count
   * @param times executors spent on them
   */
  public record Update(
      int task,
      TaskState state,
      Map<Integer, ShardMoments> moments,
      double lossSum,
      double labels,
      long examples,
      long tokens,
      int shards,
      int rejected,
      String rejectedBecause,
      long bytes,
      GradientNorms norms,
      ShardTimes times)
      implements Serializable {

    /** Without what needs much memory. */
    Update counts() {
      return new Update(
          task,
          null,
          Map.of(),
          lossSum,
          labels,
          examples,
          tokens,
          shards,
          rejected,
          rejectedBecause,
          bytes,
          norms,
          times);
    }
  }

  /**
   * What a task learns and the steps of this round.
   *
   * @param steps null where nothing is trained
   * @param totalSteps of the whole training
   * @param moments by shard; empty unless shards keep their own
   */
  public record Assignment(
      Objective<?> objective,
      LocalSteps steps,
      int totalSteps,
      Broadcast<TaskState> state,
      Map<Integer, Broadcast<ShardMoments>> moments)
      implements Serializable {

    /** To be evaluated alone. */
    public static Assignment toEvaluate(Objective<?> objective, Broadcast<TaskState> state) {
      return new Assignment(objective, null, 0, state, Map.of());
    }
  }

  /**
   * Trains and averages: one reducer a task takes its updates in the order of the shards ({@link
   * ShardReduction}). Those of shards that diverge are left out.
   *
   * @param atOnce tasks whose updates are on the driver at one time
   * @param taker is given the updates of some tasks after those of others; what becomes of their
   *     states is decided while executors may still need those that they started from
   * @return what remains of the updates without the states, by task
   */
  public List<Update> train(
      JavaRDD<TaskShard> shards,
      Map<Integer, Assignment> tasks,
      int atOnce,
      Consumer<List<Update>> taker) {
    JavaRDD<Update> reduced = reduced(shards, tasks);
    int partitions = reduced.getNumPartitions();
    int most = Math.max(1, (int) ((long) atOnce * partitions / tasks.size()));
    List<Update> all = new ArrayList<>();
    for (int next = 0; next < partitions; next += most) {
      int[] some = IntStream.range(next, Math.min(partitions, next + most)).toArray();
      List<Update> updates =
          Arrays.stream(reduced.collectPartitions(some)).flatMap(List::stream).toList();
      taker.accept(updates);
      updates.forEach(update -> all.add(update.counts()));
    }
    all.sort(Comparator.comparingInt(Update::task));
    return all;
  }

  private JavaRDD<Update> reduced(JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks) {
    TrainingContext spec = job;
    RoundAveraging rule = averaging;
    HashMap<Integer, Assignment> assignments = new HashMap<>(tasks);
    ShardRounds trained = new ShardRounds(spec, rule, rounds, assignments, counters);
    JavaRDD<TaskShard> some = shards.filter(shard -> assignments.containsKey(shard.task()));
    boolean together = rounds.tokensTogether() > 0 && rule.joins();
    JavaPairRDD<ShardKey, ShardUpdate.Timed> updates =
        together
            ? some.coalesce(spark.defaultParallelism()).mapPartitionsToPair(trained::together)
            : some.mapToPair(trained::alone);
    return updates
        .repartitionAndSortWithinPartitions(new ShardKey.ByTask(tasks.keySet(), MOST_REDUCERS))
        .mapPartitions(
            rows -> new ShardReduction(spec.training(), rule, assignments, rows).updates());
  }

  /** Evaluates each task's state on its shards of labelled samples, added up in their order. */
  public Map<Integer, Evaluation> evaluate(
      JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks) {
    return added(shards, tasks, evaluation(), Evaluation::plus);
  }

  private OfShard<Evaluation> evaluation() {
    TrainingContext spec = job;
    return (assignment, shard) ->
        ShardTrainer.evaluate(
            spec,
            assignment.objective(),
            assignment.state().value().theta(),
            shard.shard().samples());
  }

  /**
   * As {@link #evaluate}, with what the shards have and what was got wrong.
   *
   * @param mistakes of each classifier to tell at most; for these examples are predicted once more
   */
  public Map<Integer, TestedTask> test(
      JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks, int mistakes) {
    TrainingContext spec = job;
    OfShard<Evaluation> evaluate = evaluation();
    return added(
        shards,
        tasks,
        (assignment, shard) ->
            new TestedTask(
                evaluate.of(assignment, shard),
                shard.tally(assignment.objective().counted()),
                ShardTrainer.mistakes(
                    spec,
                    assignment.objective(),
                    assignment.state().value().theta(),
                    shard.shard().samples(),
                    mistakes)),
        (some, others) -> some.plus(others, mistakes));
  }

  /** What is computed of a shard and its task's state. */
  private interface OfShard<T> extends Serializable {
    T of(Assignment task, TaskShard shard);
  }

  private static <T extends Serializable> Map<Integer, T> added(
      JavaRDD<TaskShard> shards,
      Map<Integer, Assignment> tasks,
      OfShard<T> compute,
      BinaryOperator<T> plus) {
    HashMap<Integer, Assignment> assignments = new HashMap<>(tasks);
    List<Tuple2<ShardKey, T>> parts =
        shards
            .filter(shard -> assignments.containsKey(shard.task()))
            .map(
                shard ->
                    new Tuple2<>(
                        new ShardKey(shard.task(), shard.shard().index()),
                        compute.of(assignments.get(shard.task()), shard)))
            .collect();
    Map<Integer, T> all = new TreeMap<>();
    parts.stream()
        .sorted(Comparator.comparing(Tuple2::_1))
        .forEach(part -> all.merge(part._1().task(), part._2(), plus));
    return all;
  }
}
