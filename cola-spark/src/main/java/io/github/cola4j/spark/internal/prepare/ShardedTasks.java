package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.spark.internal.round.TaskProgress;
import io.github.cola4j.spark.internal.round.TaskShard;
import io.github.cola4j.spark.training.SampleSummary;
import io.github.cola4j.spark.training.TaskSummary;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/**
 * The tasks' shards, persisted until closed.
 *
 * @param training of all tasks, those of the task first whose shards have the most tokens to train
 *     on in a round: Spark starts partitions in their order, and a long one at the end would leave
 *     cores idle
 * @param sharder what computes lost shards again
 * @param stored what is persisted
 */
public record ShardedTasks(
    List<TaskProgress> all,
    JavaRDD<TaskShard> training,
    JavaRDD<TaskShard> validation,
    TaskSharder sharder,
    List<JavaRDD<TaskShard>> stored)
    implements AutoCloseable {

  /**
   * Stores shards and counts their tokens, and the examples that lost some.
   *
   * @param sharder that made them; it is closed with the result
   * @param training of each task [tasks]
   * @param validation of each task [tasks]
   */
  static ShardedTasks store(
      JavaSparkContext spark,
      TaskSharder sharder,
      List<TaskProgress> all,
      List<JavaRDD<TaskShard>> training,
      List<JavaRDD<TaskShard>> validation) {
    JavaRDD<TaskShard> evaluated = union(spark, validation);
    List<JavaRDD<TaskShard>> stored = new ArrayList<>(training); // apart, as their order follows
    stored.add(evaluated);
    stored.forEach(shards -> shards.persist(StorageLevel.MEMORY_AND_DISK_SER()));
    try {
      List<SampleSummary> trained = count(union(spark, training), all);
      List<SampleSummary> validated = count(evaluated, all);
      for (TaskProgress task : all) {
        task.summary = new TaskSummary(trained.get(task.index), validated.get(task.index));
        task.truncated =
            trained.get(task.index).truncated() + validated.get(task.index).truncated();
      }
      Comparator<TaskProgress> shortestFirst =
          Comparator.comparingDouble(
              task ->
                  trained.get(task.index).tokens()
                      * (task.examplesPerStep * task.stepsPerRound / task.examples)
                      / training.get(task.index).getNumPartitions());
      List<JavaRDD<TaskShard>> longestFirst =
          all.stream()
              .sorted(shortestFirst.reversed())
              .map(task -> training.get(task.index))
              .toList();
      return new ShardedTasks(all, union(spark, longestFirst), evaluated, sharder, stored);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      unpersist(stored);
      throw e;
    }
  }

  /** All shards as one data set. */
  public static JavaRDD<TaskShard> union(JavaSparkContext spark, List<JavaRDD<TaskShard>> shards) {
    return shards.size() == 1 ? shards.get(0) : spark.union(shards.toArray(ShardedTasks::newArray));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static JavaRDD<TaskShard>[] newArray(int length) {
    return new JavaRDD[length];
  }

  private record Counted(int task, SampleSummary samples) implements Serializable {}

  /** Computes shards, and tells what is in those of each task. */
  private static List<SampleSummary> count(JavaRDD<TaskShard> shards, List<TaskProgress> all) {
    int[] classes = all.stream().mapToInt(task -> task.data.objective().classes().size()).toArray();
    List<SampleSummary> counts =
        new ArrayList<>(Collections.nCopies(all.size(), SampleSummary.NONE));
    shards
        .map(shard -> new Counted(shard.task(), shard.summary(classes[shard.task()])))
        .collect()
        .forEach(part -> counts.set(part.task(), counts.get(part.task()).plus(part.samples())));
    return counts;
  }

  private static void unpersist(List<JavaRDD<TaskShard>> stored) {
    stored.forEach(shards -> shards.unpersist(false));
  }

  @Override
  public void close() {
    unpersist(stored);
    sharder.close();
  }
}
