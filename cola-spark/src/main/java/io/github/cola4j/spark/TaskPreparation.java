package io.github.cola4j.spark;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/** Makes shards of the data of many tasks, and the states their training begins with. */
final class TaskPreparation {
  private static final double HELD_OUT = 0.1;

  private final JavaSparkContext spark;
  private final TaskSharder sharder;
  private final TrainingConfig training;
  private final RoundConfig rounds;
  private final Start start;

  /** Gives what a task starts from. */
  interface Start {
    Begin of(TaskData<?> task);
  }

  /**
   * A task's first state.
   *
   * @param stepsBefore that its moments have behind them
   */
  record Begin(TaskState state, int stepsBefore) {}

  TaskPreparation(
      JavaSparkContext spark,
      ModelReference model,
      TrainingConfig training,
      RoundConfig rounds,
      Start start) {
    this.spark = spark;
    this.sharder = new TaskSharder(model, training, rounds.examplesPerShard());
    this.training = training;
    this.rounds = rounds;
    this.start = start;
  }

  /**
   * The training and validation shards of tasks, persisted.
   *
   * @throws IllegalArgumentException if a task has no examples, or none that it can learn from
   */
  ShardedTasks shard(List<? extends TaskData<?>> data) {
    List<SplitTask<?>> splits = new ArrayList<>();
    for (TaskData<?> task : data) {
      splits.add(split(task));
    }
    boolean together = rounds.scope() != Scope.TASK;
    int longestEpoch = splits.stream().mapToInt(s -> s.epoch(sharder)).max().orElse(1);
    double[] passes = passes(splits);
    List<TaskProgress> all = new ArrayList<>();
    List<TrainingShards> train = new ArrayList<>();
    List<JavaRDD<TaskShard>> validation = new ArrayList<>();
    for (int t = 0; t < data.size(); t++) {
      SplitTask<?> split = splits.get(t);
      int epoch = together ? longestEpoch : split.epoch(sharder);
      TaskProgress task = progress(t, split, epoch, passes[t]);
      all.add(task);
      train.add(
          new TrainingShards(
              split.train(sharder, t, task.totalSteps, rounds.skew()),
              task.examplesPerStep * task.stepsPerRound / sharder.shards(task.examples)));
      validation.add(split.validation(sharder, t));
    }
    // Spark starts partitions in their order: a long one at the end would leave cores idle
    train.sort(Comparator.comparingDouble(TrainingShards::examplesPerRound).reversed());
    ShardedTasks tasks =
        new ShardedTasks(
            all,
            union(train.stream().map(TrainingShards::shards).toList())
                .persist(StorageLevel.MEMORY_AND_DISK_SER()),
            union(validation).persist(StorageLevel.MEMORY_AND_DISK_SER()));
    try {
      tasks.countTruncated();
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      tasks.close();
      throw e;
    }
    return tasks;
  }

  /** A task's shards and how many examples one of them trains on in a round. */
  private record TrainingShards(JavaRDD<TaskShard> shards, double examplesPerRound) {}

  /** How often a task passes over its examples in an epoch of all tasks. */
  private double[] passes(List<SplitTask<?>> splits) {
    long[] examples = splits.stream().mapToLong(s -> s.examples().trainCount()).toArray();
    // tasks that share parameters stay in step, and the temperature weighs their mean
    return rounds.scope() == Scope.TASK
        ? TemperatureSampling.passes(examples, rounds.temperature())
        : LongStream.of(examples).mapToDouble(n -> 1).toArray();
  }

  /** Usable examples, those for validation apart. */
  private <E extends Serializable> SplitTask<E> split(TaskData<E> task) {
    if (rounds.skew() != null && task.objective().classes().isEmpty()) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': spark.skew deals examples out by their label, and those of a language model have"
              + " none; remove the key");
    }
    Usable<E> train = usable(task, "training", task.train());
    if (task.validation() == null) {
      if (train.count() < 2) {
        throw new IllegalArgumentException(
            "task '" + task.name() + "' has one example; validation needs another");
      }
      return new SplitTask<>(
          task,
          sharder.holdOut(task.name(), task.objective(), train.examples(), train.count(), HELD_OUT),
          train.dropped());
    }
    Usable<E> held = usable(task, "validation", task.validation());
    Map<String, Long> dropped = new TreeMap<>(train.dropped());
    held.dropped().forEach((reason, more) -> TaskSharder.count(dropped, reason, more));
    return new SplitTask<>(
        task,
        new TaskSharder.Split<>(train.examples(), train.count(), held.examples(), held.count()),
        dropped);
  }

  /** Examples that there is something to learn from, and how many others there were, by reason. */
  private record Usable<E extends Serializable>(
      JavaRDD<E> examples, long count, Map<String, Long> dropped) {}

  private <E extends Serializable> Usable<E> usable(
      TaskData<E> task, String what, JavaRDD<E> examples) {
    long given = requireExamples(task.name(), what, examples);
    Map<String, Long> dropped = sharder.dropped(task.name(), task.objective(), examples);
    long count = given - dropped.values().stream().mapToLong(Long::longValue).sum();
    if (count == 0) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': there is nothing to learn from any of its %d examples: %s; look at answers,"
                  + " training.maxLength and prompt.template",
              task.name(), given, dropped));
    }
    return new Usable<>(sharder.usable(task.name(), task.objective(), examples), count, dropped);
  }

  /** The shards of examples that are evaluated alone. */
  <E extends Serializable> JavaRDD<TaskShard> testShards(int index, TaskData<E> task) {
    JavaRDD<E> examples = sharder.usable(task.name(), task.objective(), task.train());
    long count = requireExamples(task.name(), "test", examples);
    return sharder.shards(index, task.name(), task.objective(), examples, count, 1, null);
  }

  private TaskProgress progress(int index, SplitTask<?> split, int epoch, double passes) {
    long steps = Math.max(1, Math.round(training.epochs() * passes * epoch));
    long examples = split.examples().trainCount();
    TaskProgress progress =
        new TaskProgress(
            index,
            split.task(),
            examples,
            Math.toIntExact(steps),
            rounds.localSteps() > 0 ? rounds.localSteps() : epoch,
            (double) examples / split.epoch(sharder),
            start.of(split.task()));
    progress.dropped = split.dropped();
    return progress;
  }

  /** A task's examples, those for training and those for validation. */
  private record SplitTask<E extends Serializable>(
      TaskData<E> task, TaskSharder.Split<E> examples, Map<String, Long> dropped) {
    int epoch(TaskSharder sharder) {
      return sharder.stepsPerEpoch(examples.trainCount());
    }

    JavaRDD<TaskShard> train(TaskSharder sharder, int index, int totalSteps, Double skew) {
      long count = examples.trainCount();
      return sharder.shards(
          index,
          task.name(),
          task.objective(),
          examples.train(),
          count,
          totalSteps,
          skew == null
              ? null
              : sharder.skewed(task.name(), task.objective(), examples.train(), count, skew));
    }

    JavaRDD<TaskShard> validation(TaskSharder sharder, int index) {
      return sharder.shards(
          index,
          task.name(),
          task.objective(),
          examples.validation(),
          examples.validationCount(),
          1,
          null);
    }
  }

  /** All shards as one data set. */
  JavaRDD<TaskShard> union(List<JavaRDD<TaskShard>> rdds) {
    return rdds.size() == 1 ? rdds.get(0) : spark.union(rdds.toArray(TaskSharder.newArray()));
  }

  private static long requireExamples(String task, String what, JavaRDD<?> examples) {
    long count = examples.count();
    if (count == 0) {
      throw new IllegalArgumentException(
          "task '" + task + "' has no " + what + " examples; check its files and columns");
    }
    return count;
  }
}
