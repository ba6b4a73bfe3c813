package io.github.cola4j.spark;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalSteps;
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
  private final RoundAveraging averaging;

  RoundRunner(JavaSparkContext spark, ShardJob job, RoundAveraging averaging) {
    this.spark = spark;
    this.job = job;
    this.averaging = averaging;
  }

  /**
   * What a round's shards made of one task's state.
   *
   * @param state what their states or gradients became
   * @param moments by shard, what the round trained of them; empty unless shards keep their own
   * @param lossSum of their labels
   * @param labels how many counted
   * @param examples seen
   * @param tokens of these
   * @param shards how many they were
   * @param bytes of their updates
   */
  record Update(
      int task,
      TaskState state,
      Map<Integer, ShardMoments> moments,
      double lossSum,
      long labels,
      long examples,
      long tokens,
      int shards,
      long bytes)
      implements Serializable {}

  /**
   * What a task learns and the steps of this round.
   *
   * @param steps null where nothing is trained
   * @param totalSteps of the whole training
   * @param moments by shard; empty unless shards keep their own
   */
  record Assignment(
      Objective<?> objective,
      LocalSteps steps,
      int totalSteps,
      Broadcast<TaskState> state,
      Map<Integer, Broadcast<ShardMoments>> moments)
      implements Serializable {

    /** To be evaluated alone. */
    static Assignment toEvaluate(Objective<?> objective, Broadcast<TaskState> state) {
      return new Assignment(objective, null, 0, state, Map.of());
    }
  }

  /** Trains and averages: one reducer a task takes its updates in the order of the shards. */
  List<Update> train(JavaRDD<TaskShard> shards, Map<Integer, Assignment> tasks) {
    ShardJob spec = job;
    RoundAveraging rule = averaging;
    HashMap<Integer, Assignment> assignments = new HashMap<>(tasks);
    int reducers = Math.min(tasks.size(), Math.max(1, spark.defaultParallelism()));
    return shards
        .filter(shard -> assignments.containsKey(shard.task()))
        .mapToPair(
            shard ->
                new Tuple2<>(
                    shard.task(), rule.train(spec, assignments.get(shard.task()), shard.shard())))
        .groupByKey(reducers)
        .map(group -> reduce(spec, rule, group._1(), assignments.get(group._1()), group._2()))
        .collect()
        .stream()
        .sorted(Comparator.comparingInt(Update::task))
        .toList();
  }

  private static Update reduce(
      ShardJob job,
      RoundAveraging rule,
      int task,
      Assignment assignment,
      Iterable<ShardUpdate> unordered) {
    List<ShardUpdate> updates = new ArrayList<>();
    unordered.forEach(updates::add);
    updates.sort(Comparator.comparingInt(ShardUpdate::shard));
    double loss = 0;
    long labels = 0;
    long examples = 0;
    long tokens = 0;
    long bytes = 0;
    for (ShardUpdate update : updates) {
      loss += update.lossSum();
      labels += update.labels();
      examples += update.examples();
      tokens += update.tokens();
      bytes += update.bytes();
    }
    return new Update(
        task,
        rule.average(job.training(), assignment, updates),
        rule.kept(updates),
        loss,
        labels,
        examples,
        tokens,
        updates.size(),
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
