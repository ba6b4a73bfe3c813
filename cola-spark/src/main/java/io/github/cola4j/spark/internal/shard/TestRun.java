package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.train.Objective;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Evaluates parameters on shards of labelled samples. */
public final class TestRun {
  private TestRun() {}

  /** What is evaluated of a task. */
  public record Tested(Objective<?> objective, Broadcast<float[]> theta) implements Serializable {}

  /**
   * The evaluations of tasks, each added up in the order of its shards.
   *
   * @param tasks by task
   * @param mistakes of each classifier to tell at most; for these examples are predicted once more
   */
  public static Map<Integer, TestedTask> test(
      TrainingContext job, JavaRDD<TaskShard> shards, Map<Integer, Tested> tasks, int mistakes) {
    TreeMap<Integer, Tested> all = new TreeMap<>(tasks);
    List<Tuple2<GroupKey, TestedTask>> parts =
        shards
            .filter(shard -> all.containsKey(shard.task()))
            .map(
                shard ->
                    new Tuple2<>(
                        GroupKey.of(shard), test(job, shard, all.get(shard.task()), mistakes)))
            .collect();
    Map<Integer, TestedTask> tested = new TreeMap<>();
    parts.stream()
        .sorted(Comparator.comparing(Tuple2::_1))
        .forEach(
            part ->
                tested.merge(
                    part._1().group(), part._2(), (some, others) -> some.plus(others, mistakes)));
    return tested;
  }

  private static TestedTask test(TrainingContext job, TaskShard shard, Tested task, int mistakes) {
    float[] theta = task.theta().value();
    return new TestedTask(
        ShardTrainer.evaluate(job, task.objective(), theta, shard.shard().samples()),
        shard.tally(task.objective().counted()),
        ShardTrainer.mistakes(job, task.objective(), theta, shard.shard().samples(), mistakes));
  }
}
