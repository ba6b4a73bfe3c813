package io.github.cola4j.spark;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.averaging.FedAvg;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LanguageModeling;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/**
 * Trains an adapter and a head for each of many tasks on one frozen model. Round by round: every
 * shard trains some steps from its task's state, a task's states are averaged, validated, and the
 * best one is kept. The result depends on data, model, configuration and seed alone, not on
 * executors, their number or their failures.
 */
public final class MultiTaskTrainer {
  private static final double HELD_OUT = 0.1;

  private final JavaSparkContext spark;
  private final ModelReference reference;
  private final FrozenModel model;
  private final AdapterConfig adapter;
  private final TrainingConfig training;
  private final RoundConfig rounds;
  private final AdaptedModules modules;
  private final float[] initial;
  private final Map<String, float[]> start; // null for anew
  private final TaskSharder sharder;

  /** A trainer whose tasks start anew. */
  public MultiTaskTrainer(
      JavaSparkContext spark,
      FrozenModel model,
      AdapterConfig adapter,
      TrainingConfig training,
      RoundConfig rounds) {
    this(spark, model, adapter, training, rounds, null);
  }

  /**
   * A trainer.
   *
   * @param model from {@link BaseModelCache#load} or {@link BaseModelCache#open}, so that tasks of
   *     this JVM share it
   * @param from where tasks go on from; null starts all of them anew
   * @throws IllegalArgumentException if the adapter does not fit the model
   */
  public MultiTaskTrainer(
      JavaSparkContext spark,
      FrozenModel model,
      AdapterConfig adapter,
      TrainingConfig training,
      RoundConfig rounds,
      TrainingStart from) {
    this.spark = spark;
    this.model = model;
    this.reference = ModelReference.of(spark, model.location(), model.fingerprint());
    this.adapter = adapter;
    this.training = training;
    this.rounds = rounds;
    if (training.boosting() != null) {
      training.boosting().requireFit(adapter);
    }
    this.modules = new AdaptedModules(model.linears(), adapter);
    this.initial = from == null ? modules.initial(training.seed()) : from.initial();
    this.start = from == null ? null : from.theta();
    if (initial.length != modules.layout().length()) {
      throw new IllegalArgumentException(
          "expected "
              + modules.layout().length()
              + " starting values of the adapters, got "
              + initial.length);
    }
    this.sharder = new TaskSharder(reference, training, rounds.examplesPerShard());
  }

  /** The frozen model. */
  public FrozenModel model() {
    return model;
  }

  /** The adapted layers. */
  public AdaptedModules modules() {
    return modules;
  }

  /** The factors' starting values, the same for all tasks. */
  public float[] initial() {
    return initial;
  }

  /**
   * Trains all tasks.
   *
   * @param listener is told what each round did for each task
   * @return the tasks in their order
   * @throws IllegalArgumentException if there is no task, two have one name, or one has no examples
   */
  public List<TrainedTask> train(
      List<? extends TaskData<?>> data, Consumer<RoundMetrics> listener) {
    if (data.isEmpty()) {
      throw new IllegalArgumentException("there is no task to train; give at least one");
    }
    TaskData.requireDistinct(data.stream().map(TaskData::name).toList());
    Broadcast<float[]> start = spark.broadcast(initial);
    Map<Integer, Broadcast<TaskState>> states = new HashMap<>();
    try (ShardedTasks tasks = shard(data)) {
      RoundRunner runner = new RoundRunner(spark, job(start));
      List<List<TaskProgress>> groups =
          rounds.scope() == Scope.TASK
              ? tasks.all().stream().map(List::of).toList()
              : List.of(tasks.all());
      List<EarlyStopping> stopping =
          groups.stream().map(group -> new EarlyStopping(rounds)).toList();
      tasks.all().forEach(task -> states.put(task.index, spark.broadcast(task.state)));
      RoundClock clock = new RoundClock();
      while (!states.isEmpty()) {
        List<RoundRunner.Update> updates =
            runner.train(tasks.training(), assignments(tasks, states));
        take(tasks, states, updates);
        Map<Integer, Evaluation> scores =
            runner.evaluate(tasks.validation(), assignments(tasks, states));
        clock.roundDone(updates, tasks.all());
        for (int g = 0; g < groups.size(); g++) {
          finishRound(groups.get(g), stopping.get(g), scores, updates, clock, listener);
        }
        states
            .entrySet()
            .removeIf(
                entry -> {
                  boolean done = !tasks.all().get(entry.getKey()).active;
                  if (done) {
                    entry.getValue().destroy();
                  }
                  return done;
                });
      }
      return tasks.all().stream().map(TaskProgress::result).toList();
    } finally {
      states.values().forEach(Broadcast::destroy);
      start.destroy();
    }
  }

  /**
   * Evaluates trained parameters.
   *
   * @param theta by task, in the order of {@code data}, whose training examples are evaluated
   */
  public List<Evaluation> evaluate(List<? extends TaskData<?>> data, List<float[]> theta) {
    Broadcast<float[]> start = spark.broadcast(initial);
    Map<Integer, RoundRunner.Assignment> assignments = new HashMap<>();
    List<JavaRDD<TaskShard>> shards = new ArrayList<>();
    try {
      for (int t = 0; t < data.size(); t++) {
        TaskData<?> task = data.get(t);
        shards.add(testShards(t, task));
        assignments.put(
            t,
            new RoundRunner.Assignment(
                task.objective(), 0, spark.broadcast(TaskState.initial(theta.get(t)))));
      }
      Map<Integer, Evaluation> evaluations =
          new RoundRunner(spark, job(start)).evaluate(union(shards), assignments);
      return new ArrayList<>(evaluations.values());
    } finally {
      assignments.values().forEach(assignment -> assignment.state().destroy());
      start.destroy();
    }
  }

  /**
   * Examines language models with multiple-choice questions.
   *
   * @param data the tasks
   * @param exams by task; null where there are no questions
   * @param theta by task
   * @return by task; null where there are no questions
   */
  public List<Evaluation> examine(
      List<? extends TaskData<?>> data, List<Exam> exams, List<float[]> theta) {
    Broadcast<float[]> start = spark.broadcast(initial);
    List<Evaluation> evaluations = new ArrayList<>();
    try {
      for (int t = 0; t < exams.size(); t++) {
        evaluations.add(
            exams.get(t) == null
                ? null
                : examine(
                    exams.get(t),
                    (LanguageModeling) data.get(t).objective(),
                    job(start),
                    theta.get(t)));
      }
      return evaluations;
    } finally {
      start.destroy();
    }
  }

  private Evaluation examine(
      Exam exam, LanguageModeling objective, ShardJob shardJob, float[] theta) {
    Broadcast<float[]> parameters = spark.broadcast(theta);
    try {
      return exam.evaluate(shardJob, objective, parameters);
    } finally {
      parameters.destroy();
    }
  }

  /**
   * The test accuracy of a head trained on the frozen model alone.
   *
   * @param tests by task, as {@link #evaluate} takes them; null where there is no test
   * @return by task; null where there is no test
   */
  public List<Double> probe(List<? extends TaskData<?>> data, List<? extends TaskData<?>> tests) {
    Map<Integer, Integer> classes = new HashMap<>();
    List<JavaRDD<TaskShard>> shards = new ArrayList<>();
    for (int t = 0; t < tests.size(); t++) {
      if (tests.get(t) != null) {
        classes.put(t, tests.get(t).objective().classes().size());
        shards.add(testShards(t, tests.get(t)));
      }
    }
    try (ShardedTasks tasks = shard(data)) {
      Map<Integer, Double> accuracies =
          ProbeBaseline.accuracies(
              reference, training, classes, tasks.training(), tasks.validation(), union(shards));
      return IntStream.range(0, data.size()).mapToObj(accuracies::get).collect(Collectors.toList());
    }
  }

  private <E extends Serializable> JavaRDD<TaskShard> testShards(int index, TaskData<E> task) {
    JavaRDD<E> examples = sharder.usable(task.name(), task.objective(), task.train());
    long count = requireExamples(task.name(), "test", examples);
    return sharder.shards(index, task.name(), task.objective(), examples, count, 1);
  }

  private ShardJob job(Broadcast<float[]> initial) {
    return new ShardJob(UUID.randomUUID().toString(), reference, adapter, training, initial);
  }

  private static Map<Integer, RoundRunner.Assignment> assignments(
      ShardedTasks tasks, Map<Integer, Broadcast<TaskState>> states) {
    Map<Integer, RoundRunner.Assignment> assignments = new HashMap<>();
    states.forEach(
        (index, state) -> {
          TaskProgress task = tasks.all().get(index);
          assignments.put(
              index, new RoundRunner.Assignment(task.data.objective(), task.nextSteps(), state));
        });
    return assignments;
  }

  /** Puts the round's states, shared as the scope says, in the place of those before. */
  private void take(
      ShardedTasks tasks,
      Map<Integer, Broadcast<TaskState>> states,
      List<RoundRunner.Update> updates) {
    List<TaskState> next =
        FedAvg.share(
            updates.stream().map(u -> new FedAvg.Weighted(u.state(), u.examples())).toList(),
            modules.layout(),
            rounds.scope());
    for (int u = 0; u < updates.size(); u++) {
      TaskProgress task = tasks.all().get(updates.get(u).task());
      task.state = next.get(u);
      task.rounds++;
      states.put(task.index, spark.broadcast(task.state)).destroy();
    }
  }

  private static void finishRound(
      List<TaskProgress> group,
      EarlyStopping stopping,
      Map<Integer, Evaluation> scores,
      List<RoundRunner.Update> updates,
      RoundClock clock,
      Consumer<RoundMetrics> listener) {
    if (!group.get(0).active) {
      return;
    }
    boolean best = stopping.improves(group.stream().map(t -> scores.get(t.index)).toList());
    for (TaskProgress task : group) {
      Evaluation score = scores.get(task.index);
      if (best) {
        task.keepBest(score);
      }
      task.active = task.nextSteps() > 0 && !stopping.stops();
      RoundRunner.Update update =
          updates.stream().filter(u -> u.task() == task.index).findFirst().orElseThrow();
      listener.accept(clock.metrics(task, update, score, best));
    }
  }

  private ShardedTasks shard(List<? extends TaskData<?>> data) {
    List<SplitTask<?>> splits = new ArrayList<>();
    for (TaskData<?> task : data) {
      splits.add(split(task));
    }
    boolean together = rounds.scope() != Scope.TASK;
    int longestEpoch = splits.stream().mapToInt(s -> s.epoch(sharder)).max().orElse(1);
    List<TaskProgress> all = new ArrayList<>();
    List<JavaRDD<TaskShard>> train = new ArrayList<>();
    List<JavaRDD<TaskShard>> validation = new ArrayList<>();
    for (int t = 0; t < data.size(); t++) {
      SplitTask<?> split = splits.get(t);
      TaskProgress task = progress(t, split, together ? longestEpoch : split.epoch(sharder));
      all.add(task);
      train.add(split.train(sharder, t, task.totalSteps));
      validation.add(split.validation(sharder, t));
    }
    ShardedTasks tasks =
        new ShardedTasks(
            all,
            union(train).persist(StorageLevel.MEMORY_AND_DISK_SER()),
            union(validation).persist(StorageLevel.MEMORY_AND_DISK_SER()));
    try {
      tasks.countTruncated();
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      tasks.close();
      throw e;
    }
    return tasks;
  }

  /** Usable examples, those for validation apart. */
  private <E extends Serializable> SplitTask<E> split(TaskData<E> task) {
    Usable<E> train = usable(task, "training", task.train());
    if (task.validation() == null) {
      if (train.count() < 2) {
        throw new IllegalArgumentException(
            "task '" + task.name() + "' has one example; validation needs another");
      }
      return new SplitTask<>(
          task,
          sharder.holdOut(task.name(), train.examples(), train.count(), HELD_OUT),
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

  private TaskProgress progress(int index, SplitTask<?> split, int epoch) {
    TaskData<?> task = split.task();
    float[] theta =
        task.objective()
            .start(
                model,
                initial,
                Seeds.mix(TaskSharder.taskSeed(training, task.name()), Seeds.of("head")));
    if (start != null) {
      float[] given = start.get(task.name());
      if (given == null || given.length != theta.length) {
        throw new IllegalArgumentException(
            "task '"
                + task.name()
                + "' has "
                + theta.length
                + " parameters to start from, got "
                + (given == null ? "none" : given.length));
      }
      theta = given;
    }
    TaskProgress progress =
        new TaskProgress(
            index,
            task,
            split.examples().trainCount(),
            Math.multiplyExact(training.epochs(), epoch),
            rounds.localSteps() > 0 ? rounds.localSteps() : epoch,
            TaskState.initial(theta));
    progress.dropped = split.dropped();
    return progress;
  }

  /** A task's examples, those for training and those for validation. */
  private record SplitTask<E extends Serializable>(
      TaskData<E> task, TaskSharder.Split<E> examples, Map<String, Long> dropped) {
    int epoch(TaskSharder sharder) {
      return sharder.stepsPerEpoch(examples.trainCount());
    }

    JavaRDD<TaskShard> train(TaskSharder sharder, int index, int totalSteps) {
      return sharder.shards(
          index,
          task.name(),
          task.objective(),
          examples.train(),
          examples.trainCount(),
          totalSteps);
    }

    JavaRDD<TaskShard> validation(TaskSharder sharder, int index) {
      return sharder.shards(
          index,
          task.name(),
          task.objective(),
          examples.validation(),
          examples.validationCount(),
          1);
    }
  }

  private JavaRDD<TaskShard> union(List<JavaRDD<TaskShard>> rdds) {
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

  /** The tasks' shards, persisted until closed. */
  private record ShardedTasks(
      List<TaskProgress> all, JavaRDD<TaskShard> training, JavaRDD<TaskShard> validation)
      implements AutoCloseable {

    /** Computes the shards and counts the examples that lost tokens. */
    void countTruncated() {
      for (JavaRDD<TaskShard> shards : List.of(training, validation)) {
        shards
            .mapToPair(shard -> new scala.Tuple2<>(shard.task(), (long) shard.truncated()))
            .reduceByKey(Long::sum)
            .collectAsMap()
            .forEach((task, truncated) -> all.get(task).truncated += truncated);
      }
    }

    @Override
    public void close() {
      training.unpersist(true);
      validation.unpersist(true);
    }
  }
}
