package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.concurrent.Phases;
import io.github.cola4j.spark.internal.round.RoundTask;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TemperatureSampling;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Makes shards of the data of many tasks. */
public final class TaskPreparation {
  private static final int MOST_LABELS = 1 << 22; // 16 MiB

  private final JavaSparkContext spark;
  private final ExampleSurvey survey;
  private final ModelReference model;
  private final TrainingConfig training;
  private final RoundConfig rounds;
  private final int mostLabels;

  public TaskPreparation(
      JavaSparkContext spark, ModelReference model, TrainingConfig training, RoundConfig rounds) {
    this(spark, model, training, rounds, MOST_LABELS);
  }

  /**
   * Prepares tasks.
   *
   * @param mostLabels that the driver holds at a time, more if one task alone has them
   */
  TaskPreparation(
      JavaSparkContext spark,
      ModelReference model,
      TrainingConfig training,
      RoundConfig rounds,
      int mostLabels) {
    this.mostLabels = mostLabels;
    this.spark = spark;
    this.survey = new ExampleSurvey(model, training);
    this.model = model;
    this.training = training;
    this.rounds = rounds;
  }

  /** How many of a task's training examples are held out if it has no others to validate. */
  public static int heldOut(long examples) {
    return SplitTask.heldOut(examples);
  }

  /**
   * The training and validation shards of tasks, persisted.
   *
   * @throws IllegalArgumentException if a task has no examples, or none that it can learn from
   */
  public ShardedTasks shard(List<? extends TaskData<?>> data) {
    TaskSharder sharder = sharder();
    try {
      return shard(data, sharder);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      sharder.close();
      throw e;
    }
  }

  private TaskSharder sharder() {
    return new TaskSharder(model, training, rounds.examplesPerShard());
  }

  private ShardedTasks shard(List<? extends TaskData<?>> data, TaskSharder sharder) {
    List<SplitTask<?>> splits = split(data, sharder);
    boolean together = rounds.scope() != Scope.TASK;
    int longestEpoch = splits.stream().mapToInt(SplitTask::epoch).max().orElse(1);
    double[] passes = passes(splits);
    List<RoundTask> all = new ArrayList<>();
    List<JavaRDD<TaskShard>> train = new ArrayList<>();
    List<JavaRDD<TaskShard>> validation = new ArrayList<>();
    for (int t = 0; t < data.size(); t++) {
      SplitTask<?> split = splits.get(t);
      int epoch = together ? longestEpoch : split.epoch();
      int steps = Math.toIntExact(Math.max(1, Math.round(training.epochs() * passes[t] * epoch)));
      train.add(split.training(t, steps));
      validation.add(split.validating(t));
      TaskPlan plan =
          new TaskPlan(
              t,
              split.task().name(),
              split.task().objective(),
              split.examples(),
              train.get(t).getNumPartitions(),
              validation.get(t).getNumPartitions(),
              steps,
              rounds.localSteps() > 0 ? rounds.localSteps() : epoch,
              (double) split.examples() / split.epoch());
      all.add(new RoundTask(plan, split.task(), split.dropped(), null));
    }
    return ShardedTasks.store(spark, sharder, rounds, all, train, validation);
  }

  /** Usable examples of all tasks, those for validation apart. */
  List<SplitTask<?>> split(List<? extends TaskData<?>> data, TaskSharder sharder) {
    List<SplitTask<?>> splits = new ArrayList<>();
    data.forEach(task -> splits.add(new SplitTask<>(task, rounds.skew(), survey, sharder)));
    Phases<SplitTask<?>> phases = new Phases<>(splits);
    LongAdder partitions = new LongAdder();
    phases.each(SplitTask::requireSkewFits);
    phases.each(split -> partitions.add(split.labelledPartitions()));
    int labels = Math.toIntExact(Math.max(1, mostLabels / Math.max(1, partitions.sum())));
    phases.ask(mostLabels, split -> split.survey(labels));
    phases.ask(mostLabels, SplitTask::labels);
    phases.ask(mostLabels, SplitTask::parts);
    return phases.done();
  }

  /** How often a task passes over its examples in an epoch of all tasks. */
  private double[] passes(List<SplitTask<?>> splits) {
    long[] examples = splits.stream().mapToLong(SplitTask::examples).toArray();
    // tasks that share parameters stay in step, and the temperature weighs their mean
    return rounds.scope() == Scope.TASK
        ? TemperatureSampling.passes(examples, rounds.temperature())
        : LongStream.of(examples).mapToDouble(n -> 1).toArray();
  }

  /** The shards of examples that are evaluated alone; tasks without any are null. */
  public TestShards testShards(List<? extends TaskData<?>> tests) {
    TaskSharder sharder = sharder();
    try {
      List<TestSet<?>> sets = new ArrayList<>();
      for (int t = 0; t < tests.size(); t++) {
        if (tests.get(t) != null) {
          sets.add(new TestSet<>(t, tests.get(t), survey));
        }
      }
      Phases<TestSet<?>> phases = new Phases<>(sets);
      phases.ask(mostLabels, TestSet::survey);
      phases.ask(mostLabels, TestSet::parts);
      List<JavaRDD<TaskShard>> shards = new ArrayList<>();
      phases.done().forEach(set -> shards.add(set.shards(sharder)));
      return new TestShards(shards, sharder);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      sharder.close();
      throw e;
    }
  }

  /** Shards by task, of those that have any, until closed. */
  public record TestShards(List<JavaRDD<TaskShard>> byTask, TaskSharder sharder)
      implements AutoCloseable {
    @Override
    public void close() {
      sharder.close();
    }
  }
}
