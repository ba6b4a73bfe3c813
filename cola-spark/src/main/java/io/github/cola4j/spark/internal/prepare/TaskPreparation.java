package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.internal.round.TaskProgress;
import io.github.cola4j.spark.internal.round.TaskShard;
import io.github.cola4j.spark.internal.round.TemperatureSampling;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Makes shards of the data of many tasks, and the states their training begins with. */
public final class TaskPreparation {
  private static final double HELD_OUT = 0.1;

  private final JavaSparkContext spark;
  private final ExampleSurvey survey;
  private final ModelReference model;
  private final TrainingConfig training;
  private final RoundConfig rounds;
  private final Start start;

  /** Gives what a task starts from. */
  public interface Start {
    TaskProgress.Begin of(TaskData<?> task);
  }

  public TaskPreparation(
      JavaSparkContext spark,
      ModelReference model,
      TrainingConfig training,
      RoundConfig rounds,
      Start start) {
    this.spark = spark;
    this.survey = new ExampleSurvey(model, training);
    this.model = model;
    this.training = training;
    this.rounds = rounds;
    this.start = start;
  }

  /** How many of a task's training examples are held out if it has no others to validate. */
  public static int heldOut(long examples) {
    return HeldOut.of(Math.toIntExact(examples), HELD_OUT);
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
    List<SplitTask<?>> splits =
        ConcurrentJobs.<TaskData<?>, SplitTask<?>>map(data, task -> split(task, sharder));
    boolean together = rounds.scope() != Scope.TASK;
    int longestEpoch = splits.stream().mapToInt(s -> s.epoch(sharder)).max().orElse(1);
    double[] passes = passes(splits);
    List<TaskProgress> all = new ArrayList<>();
    List<JavaRDD<TaskShard>> train = new ArrayList<>();
    List<JavaRDD<TaskShard>> validation = new ArrayList<>();
    for (int t = 0; t < data.size(); t++) {
      SplitTask<?> split = splits.get(t);
      int epoch = together ? longestEpoch : split.epoch(sharder);
      TaskProgress task = progress(t, split, sharder, epoch, passes[t]);
      all.add(task);
      train.add(split.training(sharder, t, task.totalSteps));
      validation.add(split.validating(sharder, t));
    }
    return ShardedTasks.store(spark, sharder, all, train, validation);
  }

  /** How often a task passes over its examples in an epoch of all tasks. */
  private double[] passes(List<SplitTask<?>> splits) {
    long[] examples = splits.stream().mapToLong(s -> s.train().count()).toArray();
    // tasks that share parameters stay in step, and the temperature weighs their mean
    return rounds.scope() == Scope.TASK
        ? TemperatureSampling.passes(examples, rounds.temperature())
        : LongStream.of(examples).mapToDouble(n -> 1).toArray();
  }

  /** Usable examples, those for validation apart. */
  private <E extends Serializable> SplitTask<E> split(TaskData<E> task, TaskSharder sharder) {
    if (rounds.skew() != null && task.objective().counted() != ProblemType.SINGLE_LABEL) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': spark.skew deals examples out by their class, and these do not have one class"
              + " each; remove the key");
    }
    boolean isSkewed = rounds.skew() != null;
    boolean holdsOut = task.validation() == null;
    ExampleSurvey.Result<E> found = usable(task, "training", task.train(), isSkewed || holdsOut);
    CountedExamples<E> train = found.usable();
    int[] labels = found.labels();
    CountedExamples<E> validation;
    Map<String, Long> dropped = new TreeMap<>(found.dropped());
    if (holdsOut) {
      if (train.count() < 2) {
        throw new IllegalArgumentException(
            "task '" + task.name() + "' has one example; validation needs another");
      }
      TaskSharder.Split<E> split =
          sharder.holdOut(task.name(), task.objective(), train, labels, HELD_OUT);
      train = split.train();
      labels = split.trainLabels();
      validation = split.validation();
    } else {
      ExampleSurvey.Result<E> held = usable(task, "validation", task.validation(), false);
      held.dropped().forEach((reason, more) -> ExampleSurvey.add(dropped, reason, more));
      validation = held.usable();
    }
    // after the division, so that the parts of an example stay together
    train = survey.parts(task.name(), task.objective(), train, dropped);
    validation = survey.parts(task.name(), task.objective(), validation, dropped);
    return new SplitTask<>(
        task,
        train,
        isSkewed ? sharder.skewed(task.name(), task.objective(), labels, rounds.skew()) : null,
        validation,
        dropped);
  }

  /** Examples that there is something to learn from; one Spark job. */
  private <E extends Serializable> ExampleSurvey.Result<E> usable(
      TaskData<E> task, String what, JavaRDD<E> examples, boolean labelled) {
    ExampleSurvey.Result<E> found = survey.of(task.name(), task.objective(), examples, labelled);
    requireExamples(task.name(), what, found.given());
    if (found.usable().count() == 0) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': there is nothing to learn from any of its %d examples: %s; look at"
                  + " answers, training.maxLength and prompt.template",
              task.name(), found.given(), found.dropped()));
    }
    return found;
  }

  /** The shards of examples that are evaluated alone; tasks without any are null. */
  public TestShards testShards(List<? extends TaskData<?>> tests) {
    TaskSharder sharder = sharder();
    try {
      List<JavaRDD<TaskShard>> shards =
          ConcurrentJobs.map(
              IntStream.range(0, tests.size()).filter(t -> tests.get(t) != null).boxed().toList(),
              t -> testShards(t, tests.get(t), sharder));
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

  private <E extends Serializable> JavaRDD<TaskShard> testShards(
      int index, TaskData<E> task, TaskSharder sharder) {
    CountedExamples<E> examples =
        survey.of(task.name(), task.objective(), task.train(), false).usable();
    requireExamples(task.name(), "test", examples.count());
    examples = survey.parts(task.name(), task.objective(), examples, new TreeMap<>());
    return sharder.shards(index, task.name(), task.objective(), examples, 1, null);
  }

  private TaskProgress progress(
      int index, SplitTask<?> split, TaskSharder sharder, int epoch, double passes) {
    long steps = Math.max(1, Math.round(training.epochs() * passes * epoch));
    long examples = split.train().count();
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

  /**
   * A task's examples, those for training and those for validation.
   *
   * @param skew which shard gets which of those for training; null deals them out evenly
   */
  private record SplitTask<E extends Serializable>(
      TaskData<E> task,
      CountedExamples<E> train,
      Strata skew,
      CountedExamples<E> validation,
      Map<String, Long> dropped) {
    int epoch(TaskSharder sharder) {
      return sharder.stepsPerEpoch(train.count());
    }

    JavaRDD<TaskShard> training(TaskSharder sharder, int index, int totalSteps) {
      return sharder.shards(index, task.name(), task.objective(), train, totalSteps, skew);
    }

    JavaRDD<TaskShard> validating(TaskSharder sharder, int index) {
      return sharder.shards(index, task.name(), task.objective(), validation, 1, null);
    }
  }

  private static void requireExamples(String task, String what, long count) {
    if (count == 0) {
      throw new IllegalArgumentException(
          "task '" + task + "' has no " + what + " examples; check its files and columns");
    }
  }
}
