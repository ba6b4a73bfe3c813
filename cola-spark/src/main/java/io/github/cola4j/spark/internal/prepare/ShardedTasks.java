package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.summary.DataTally;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.internal.round.TaskProgress;
import io.github.cola4j.spark.internal.round.TaskShard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

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
   * Stores shards, and sums up what each task has.
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
      DataTally[] trained = count(union(spark, training), all);
      DataTally[] validated = count(evaluated, all);
      for (TaskProgress task : all) {
        task.summarize(
            trained[task.index].summary(task.countedClasses()),
            validated[task.index].summary(task.countedClasses()));
      }
      Comparator<TaskProgress> shortestFirst =
          Comparator.comparingDouble(
              task ->
                  task.summary().training().lengths().total()
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

  /** What tasks have before their first round, in their order. */
  public List<TaskSummary> summaries() {
    return all.stream().map(TaskProgress::summary).toList();
  }

  /** Computes shards, and adds up what there is to count of each task's. */
  private static DataTally[] count(JavaRDD<TaskShard> shards, List<TaskProgress> all) {
    Map<Integer, ProblemType> counted = new HashMap<>();
    all.forEach(task -> counted.put(task.index, task.data.objective().counted()));
    DataTally[] tallies = new DataTally[all.size()];
    Arrays.fill(tallies, DataTally.NONE);
    shards
        .map(shard -> new Tuple2<>(shard.task(), shard.tally(counted.get(shard.task()))))
        .collect()
        .forEach(tally -> tallies[tally._1()] = tallies[tally._1()].plus(tally._2()));
    return tallies;
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
