package io.github.cola4j.spark;

import io.github.cola4j.spark.averaging.FedAvg;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** The Spark jobs of a round. States go out by broadcast, so an executor fetches what it trains. */
final class RoundRunner {
  private final JavaSparkContext spark;
  private final ShardJob job;
  private final double lossLimit;

  /**
   * A runner.
   *
   * @param lossLimit above which updates are rejected, as a multiple of a uniform guess's loss
   */
  RoundRunner(JavaSparkContext spark, ShardJob job, double lossLimit) {
    this.spark = spark;
    this.job = job;
    this.lossLimit = lossLimit;
  }

  /**
   * What a round's shards made of one task's state.
   *
   * @param state the weighted mean of those averaged; null if none was
   * @param lossSum of their labels
   * @param labels how many counted
   * @param examples seen
   * @param tokens of these
   * @param shards how many were averaged
   * @param rejected how many were not
   * @param rejectedBecause what was wrong with the first of these; null where there is none
   * @param bytes of their updates
   */
  record Update(
      int task,
      TaskState state,
      double lossSum,
      long labels,
      long examples,
      long tokens,
      int shards,
      int rejected,
      String rejectedBecause,
      long bytes)
      implements Serializable {}

  /** A shard's update, or null and why it is rejected. */
  private record ShardResult(int shard, LocalTrainer.Result result, String rejectedBecause)
      implements Serializable {}

  /** What a task learns and the steps of this round. */
  record Assignment(Objective<?> objective, int steps, Broadcast<TaskState> state)
      implements Serializable {}

  /**
   * Trains and averages: one reducer a task takes its updates in the order of the shards. Those of
   * shards that diverge are left out.
   */
  List<Update> train(JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks) {
    ShardJob spec = job;
    double limit = lossLimit;
    HashMap<Integer, Assignment> assignments = new HashMap<>(tasks);
    int reducers = Math.min(tasks.size(), Math.max(1, spark.defaultParallelism()));
    return shards
        .filter(shard -> assignments.containsKey(shard.task()))
        .mapToPair(
            shard -> {
              Assignment assignment = assignments.get(shard.task());
              int index = shard.shard().index();
              try {
                LocalTrainer.Result result =
                    ShardTrainer.train(
                        spec,
                        assignment.objective(),
                        assignment.state().value(),
                        shard.shard(),
                        assignment.steps(),
                        limit);
                return new Tuple2<>(shard.task(), new ShardResult(index, result, null));
              } catch (DivergedException e) {
                return new Tuple2<>(shard.task(), new ShardResult(index, null, e.getMessage()));
              }
            })
        .groupByKey(reducers)
        .map(group -> reduce(group._1(), group._2()))
        .collect()
        .stream()
        .sorted(Comparator.comparingInt(Update::task))
        .toList();
  }

  private static Update reduce(int task, Iterable<ShardResult> unordered) {
    List<ShardResult> results = new ArrayList<>();
    unordered.forEach(results::add);
    results.sort(Comparator.comparingInt(ShardResult::shard));
    double loss = 0;
    long labels = 0;
    long examples = 0;
    long tokens = 0;
    long bytes = 0;
    List<FedAvg.Weighted> updates = new ArrayList<>();
    String rejectedBecause = null;
    for (ShardResult shard : results) {
      LocalTrainer.Result result = shard.result();
      if (result == null) {
        rejectedBecause =
            rejectedBecause == null
                ? "shard " + shard.shard() + ": " + shard.rejectedBecause()
                : rejectedBecause;
        continue;
      }
      loss += result.lossSum();
      labels += result.labels();
      examples += result.examples();
      tokens += result.tokens();
      bytes += result.state().bytes();
      updates.add(new FedAvg.Weighted(result.state(), result.examples()));
    }
    TaskState state = updates.isEmpty() ? null : FedAvg.average(updates);
    int rejected = results.size() - updates.size();
    return new Update(
        task,
        state,
        loss,
        labels,
        examples,
        tokens,
        updates.size(),
        rejected,
        rejectedBecause,
        bytes);
  }

  /** Evaluates each task's state on its shards of labelled samples, added up in their order. */
  Map<Integer, Evaluation> evaluate(JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks) {
    ShardJob spec = job;
    HashMap<Integer, Assignment> assignments = new HashMap<>(tasks);
    List<Tuple2<Tuple2<Integer, Integer>, Evaluation>> parts =
        shards
            .filter(shard -> assignments.containsKey(shard.task()))
            .map(
                shard -> {
                  Assignment assignment = assignments.get(shard.task());
                  Evaluation evaluation =
                      ShardTrainer.evaluate(
                          spec,
                          assignment.objective(),
                          assignment.state().value().theta(),
                          shard.shard().samples());
                  return new Tuple2<>(
                      new Tuple2<>(shard.task(), shard.shard().index()), evaluation);
                })
            .collect();
    Map<Integer, Evaluation> evaluations = new TreeMap<>();
    parts.stream()
        .sorted(
            Comparator.comparing((Tuple2<Tuple2<Integer, Integer>, Evaluation> p) -> p._1()._1())
                .thenComparing(p -> p._1()._2()))
        .forEach(p -> evaluations.merge(p._1()._1(), p._2(), Evaluation::plus));
    return evaluations;
  }
}
