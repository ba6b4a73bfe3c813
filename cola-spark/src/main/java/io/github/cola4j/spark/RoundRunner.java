package io.github.cola4j.spark;

import io.github.cola4j.spark.averaging.FedAvg;
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
  private final ShardCounters counters;

  RoundRunner(JavaSparkContext spark, ShardJob job) {
    this.spark = spark;
    this.job = job;
    this.counters = ShardCounters.register(spark);
  }

  /**
   * What a round's shards made of one task's state.
   *
   * @param state their weighted mean
   * @param lossSum of their labels
   * @param labels how many counted
   * @param examples seen
   * @param tokens of these
   * @param shards how many they were
   * @param bytes of their updates
   * @param times executors spent on them
   */
  record Update(
      int task,
      TaskState state,
      double lossSum,
      long labels,
      long examples,
      long tokens,
      int shards,
      long bytes,
      ShardTimes times)
      implements Serializable {}

  private record ShardResult(int shard, LocalTrainer.Result result, ShardTimes times)
      implements Serializable {}

  /** What a task learns and the steps of this round. */
  record Assignment(Objective<?> objective, int steps, Broadcast<TaskState> state)
      implements Serializable {}

  /** Trains and averages: one reducer a task takes its updates in the order of the shards. */
  List<Update> train(JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks) {
    ShardJob spec = job;
    ShardCounters counts = counters;
    HashMap<Integer, Assignment> assignments = new HashMap<>(tasks);
    int reducers = Math.min(tasks.size(), Math.max(1, spark.defaultParallelism()));
    return shards
        .filter(shard -> assignments.containsKey(shard.task()))
        .mapToPair(
            shard -> {
              Assignment assignment = assignments.get(shard.task());
              long start = System.nanoTime();
              TaskState state = assignment.state().value();
              long fetched = System.nanoTime();
              LocalTrainer.Result result =
                  ShardTrainer.train(
                      spec, assignment.objective(), state, shard.shard(), assignment.steps());
              ShardTimes times = ShardTimes.of(start, fetched, System.nanoTime());
              counts.add(result);
              return new Tuple2<>(
                  shard.task(), new ShardResult(shard.shard().index(), result, times));
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
    ShardTimes times = ShardTimes.NONE;
    List<FedAvg.Weighted> updates = new ArrayList<>();
    for (ShardResult shard : results) {
      LocalTrainer.Result result = shard.result();
      loss += result.lossSum();
      labels += result.labels();
      examples += result.examples();
      tokens += result.tokens();
      bytes += result.state().bytes();
      times = times.plus(shard.times());
      updates.add(new FedAvg.Weighted(result.state(), result.examples()));
    }
    TaskState state = FedAvg.average(updates);
    return new Update(task, state, loss, labels, examples, tokens, results.size(), bytes, times);
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
