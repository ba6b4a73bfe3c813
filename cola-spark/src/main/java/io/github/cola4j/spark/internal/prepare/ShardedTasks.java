package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.concurrent.BundledRdd;
import io.github.cola4j.spark.concurrent.BundledRdd.Part;
import io.github.cola4j.spark.data.summary.DataTally;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.internal.round.RoundLoop;
import io.github.cola4j.spark.internal.round.RoundTask;
import io.github.cola4j.spark.internal.shard.GroupKey;
import io.github.cola4j.spark.internal.shard.PlacedShards;
import io.github.cola4j.spark.internal.shard.PlacedTasks;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.internal.shard.TaskUnit;
import io.github.cola4j.spark.training.RoundConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/**
 * The tasks' shards, persisted until closed. Tasks with one shard, where tasks share nothing, have
 * all that they need in one place. What has most tokens to train on comes first: Spark starts
 * partitions in their order, and a long one at the end would leave cores idle.
 */
public final class ShardedTasks implements AutoCloseable {
  private static final StorageLevel LEVEL = StorageLevel.MEMORY_AND_DISK_SER();

  private final JavaSparkContext spark;
  private final TaskSharder sharder;
  private final List<JavaRDD<?>> stored = new ArrayList<>();
  private List<RoundTask> all;
  private JavaRDD<TaskUnit> units; // null where no task stays
  private JavaRDD<TaskShard> training; // of the others; null where there are none
  private JavaRDD<TaskShard> validation;
  private RoundLoop.Data data;

  private ShardedTasks(JavaSparkContext spark, TaskSharder sharder, List<RoundTask> all) {
    this.spark = spark;
    this.sharder = sharder;
    this.all = all;
  }

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
      RoundConfig rounds,
      List<RoundTask> all,
      List<JavaRDD<TaskShard>> training,
      List<JavaRDD<TaskShard>> validation) {
    ShardedTasks tasks = new ShardedTasks(spark, sharder, all);
    try {
      tasks.store(rounds, training, validation);
      return tasks;
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      tasks.unpersist();
      throw e;
    }
  }

  private void store(
      RoundConfig rounds, List<JavaRDD<TaskShard>> train, List<JavaRDD<TaskShard>> validate) {
    List<Integer> staying = new ArrayList<>();
    List<Integer> averaged = new ArrayList<>();
    for (RoundTask task : all) {
      boolean stays = rounds.scope() == Scope.TASK && task.plan().shards() == 1;
      (stays ? staying : averaged).add(task.plan().index());
    }
    DataTally[] trained = new DataTally[all.size()];
    DataTally[] validated = new DataTally[all.size()];
    Arrays.fill(trained, DataTally.NONE);
    Arrays.fill(validated, DataTally.NONE);
    if (!staying.isEmpty()) {
      units =
          persisted(
              BundledRdd.of(
                      spark,
                      staying.stream()
                          .map(task -> parts(List.of(train.get(task), validate.get(task))))
                          .toList())
                  .mapPartitions(shards -> List.of(TaskUnit.of(shards)).iterator()));
      count(units.flatMap(TaskUnit::stream), trained, validated);
    }
    if (!averaged.isEmpty()) {
      training = persisted(BundledRdd.of(spark, eachAlone(averaged, train)));
      validation = persisted(BundledRdd.of(spark, eachAlone(averaged, validate)));
      count(training.map(shard -> new TaskUnit.Used(shard, true)), trained, validated);
      count(validation.map(shard -> new TaskUnit.Used(shard, false)), trained, validated);
    }
    all =
        all.stream()
            .map(
                task ->
                    task.summarized(
                        trained[task.plan().index()].summary(task.countedClasses()),
                        validated[task.plan().index()].summary(task.countedClasses())))
            .toList();
    data = placed(staying, averaged, rounds);
  }

  private <T> JavaRDD<T> persisted(JavaRDD<T> rows) {
    stored.add(rows);
    return rows.persist(LEVEL);
  }

  private static List<Part<TaskShard>> parts(List<JavaRDD<TaskShard>> rows) {
    return rows.stream()
        .flatMap(
            some -> IntStream.range(0, some.getNumPartitions()).mapToObj(p -> new Part<>(some, p)))
        .toList();
  }

  private static List<List<Part<TaskShard>>> eachAlone(
      List<Integer> tasks, List<JavaRDD<TaskShard>> shards) {
    return tasks.stream()
        .flatMap(task -> parts(List.of(shards.get(task))).stream())
        .map(List::of)
        .toList();
  }

  /** Computes shards, and adds up what there is to count of each task's. */
  private void count(JavaRDD<TaskUnit.Used> shards, DataTally[] trained, DataTally[] validated) {
    Map<Integer, ProblemType> counted = new HashMap<>();
    all.forEach(task -> counted.put(task.plan().index(), task.data().objective().counted()));
    shards
        .map(
            used ->
                new Counted(
                    used.shard().task(),
                    used.trains(),
                    used.shard().tally(counted.get(used.shard().task()))))
        .collect()
        .forEach(
            row -> {
              DataTally[] of = row.trains() ? trained : validated;
              of[row.task()] = of[row.task()].plus(row.tally());
            });
  }

  private record Counted(int task, boolean trains, DataTally tally) implements Serializable {}

  /** Where rounds find shards: those that take longest first, bundled where there are many. */
  private RoundLoop.Data placed(List<Integer> staying, List<Integer> averaged, RoundConfig rounds) {
    Bundles bundles = Bundles.of(spark, rounds);
    PlacedTasks tasks = null;
    PlacedShards shards = null;
    PlacedShards validated = null;
    if (units != null) {
      List<List<Integer>> places =
          bundles.of(staying.stream().mapToDouble(this::tokensOfRound).toArray());
      tasks =
          new PlacedTasks(
              bundled(units, places),
              places.stream().map(some -> some.stream().map(staying::get).toList()).toList());
    }
    if (training != null) {
      shards =
          placed(training, averaged, task -> task.plan().shards(), this::tokensOfRound, bundles);
      validated =
          placed(
              validation,
              averaged,
              task -> task.plan().validationShards(),
              task -> all.get(task).summary().validation().lengths().total(),
              bundles);
    }
    return new RoundLoop.Data(all, tasks, shards, validated);
  }

  private double tokensOfRound(int index) {
    RoundTask task = all.get(index);
    return task.summary().training().lengths().total()
        * (task.plan().examplesPerStep() * task.plan().stepsPerRound() / task.plan().examples());
  }

  /**
   * Shards of tasks, which are in the rows in their order.
   *
   * @param shards of a task
   * @param tokens of a task, of which each of its shards has an equal part
   */
  private PlacedShards placed(
      JavaRDD<TaskShard> rows,
      List<Integer> tasks,
      ToIntFunction<RoundTask> shards,
      IntToDoubleFunction tokens,
      Bundles bundles) {
    List<GroupKey> keys = new ArrayList<>();
    DoubleStream.Builder work = DoubleStream.builder();
    for (int task : tasks) {
      int count = shards.applyAsInt(all.get(task));
      for (int shard = 0; shard < count; shard++) {
        keys.add(new GroupKey(task, shard));
        work.add(tokens.applyAsDouble(task) / count);
      }
    }
    List<List<Integer>> places = bundles.of(work.build().toArray());
    return new PlacedShards(
        bundled(rows, places),
        new PlacedShards.Places(
            places.stream().map(some -> some.stream().map(keys::get).toList()).toList()));
  }

  private <T> JavaRDD<T> bundled(JavaRDD<T> rows, List<List<Integer>> places) {
    return BundledRdd.of(
        spark,
        places.stream().map(some -> some.stream().map(p -> new Part<>(rows, p)).toList()).toList());
  }

  /** The tasks, and where rounds find their shards. */
  public RoundLoop.Data data() {
    return data;
  }

  /** What tasks have before their first round, in their order. */
  public List<TaskSummary> summaries() {
    return all.stream().map(RoundTask::summary).toList();
  }

  /** All shards to train on. */
  public JavaRDD<TaskShard> training() {
    return all(training, units == null ? null : units.map(TaskUnit::training));
  }

  /** All shards to validate with. */
  public JavaRDD<TaskShard> validation() {
    return all(
        validation, units == null ? null : units.flatMap(unit -> unit.validation().iterator()));
  }

  private JavaRDD<TaskShard> all(JavaRDD<TaskShard> some, JavaRDD<TaskShard> others) {
    return BundledRdd.union(spark, Stream.of(some, others).filter(rows -> rows != null).toList());
  }

  private void unpersist() {
    stored.forEach(rows -> rows.unpersist(false));
    stored.clear();
  }

  @Override
  public void close() {
    unpersist();
    sharder.close();
  }
}
