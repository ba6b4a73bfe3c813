package io.github.cola4j.spark;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/**
 * The tasks' shards, persisted until closed.
 *
 * @param training of all tasks, those of the task first whose shards have the most tokens to train
 *     on in a round: Spark starts partitions in their order, and a long one at the end would leave
 *     cores idle
 * @param stored each task's own, those for training and for validation
 */
record ShardedTasks(
    List<TaskProgress> all,
    JavaRDD<TaskShard> training,
    JavaRDD<TaskShard> validation,
    List<JavaRDD<TaskShard>> stored)
    implements AutoCloseable {

  /**
   * Stores shards and counts their tokens, and the examples that lost some.
   *
   * @param training of each task [tasks]
   * @param validation of each task [tasks]
   */
  static ShardedTasks store(
      JavaSparkContext spark,
      List<TaskProgress> all,
      List<JavaRDD<TaskShard>> training,
      List<JavaRDD<TaskShard>> validation) {
    List<JavaRDD<TaskShard>> stored =
        Stream.concat(training.stream(), validation.stream())
            .map(shards -> shards.persist(StorageLevel.MEMORY_AND_DISK_SER()))
            .toList();
    try {
      double[] tokens = new double[all.size()];
      for (Counts shard : counts(union(spark, training))) {
        TaskProgress task = all.get(shard.task());
        task.truncated += shard.truncated();
        tokens[shard.task()] += shard.tokens() * task.examplesPerStep / task.examples;
      }
      JavaRDD<TaskShard> evaluated = union(spark, validation);
      for (Counts shard : counts(evaluated)) {
        all.get(shard.task()).truncated += shard.truncated();
      }
      List<JavaRDD<TaskShard>> longestFirst =
          all.stream()
              .sorted(
                  Comparator.comparingDouble(
                          (TaskProgress task) ->
                              tokens[task.index]
                                  * task.stepsPerRound
                                  / training.get(task.index).getNumPartitions())
                      .reversed())
              .map(task -> training.get(task.index))
              .toList();
      return new ShardedTasks(all, union(spark, longestFirst), evaluated, stored);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      unpersist(stored);
      throw e;
    }
  }

  /** All shards as one data set. */
  static JavaRDD<TaskShard> union(JavaSparkContext spark, List<JavaRDD<TaskShard>> shards) {
    return shards.size() == 1 ? shards.get(0) : spark.union(shards.toArray(TaskSharder.newArray()));
  }

  private record Counts(int task, int truncated, long tokens) implements Serializable {}

  private static List<Counts> counts(JavaRDD<TaskShard> shards) {
    return shards
        .map(
            shard ->
                new Counts(
                    shard.task(),
                    shard.truncated(),
                    shard.shard().samples().stream().mapToLong(s -> s.length()).sum()))
        .collect();
  }

  private static void unpersist(List<JavaRDD<TaskShard>> stored) {
    stored.forEach(shards -> shards.unpersist(false));
  }

  @Override
  public void close() {
    unpersist(stored);
  }
}
