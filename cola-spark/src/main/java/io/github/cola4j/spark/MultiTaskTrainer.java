package io.github.cola4j.spark;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.concurrent.BundledRdd;
import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.github.cola4j.spark.internal.prepare.ShardedTasks;
import io.github.cola4j.spark.internal.prepare.TaskPreparation;
import io.github.cola4j.spark.internal.prepare.TaskSharder;
import io.github.cola4j.spark.internal.probe.ProbeBaseline;
import io.github.cola4j.spark.internal.round.RoundLoop;
import io.github.cola4j.spark.internal.round.RoundTask;
import io.github.cola4j.spark.internal.shard.RoundAveraging;
import io.github.cola4j.spark.internal.state.StateForm;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.ResultsFolder;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.SnapshotListener;
import io.github.cola4j.spark.training.TaskAdapters;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingListener;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.spark.training.TrainingStart;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Trains an adapter and a head for each of many tasks on one frozen model. Round by round: every
 * shard trains some steps from its task's state, a task's states are averaged, validated if it is
 * time, and the best one is kept. The result depends on data, model, configuration and seed alone,
 * not on executors, their number or their failures.
 *
 * <p>Factors that are equal and bound to stay so, as those of full pairing from PiSSA's start, are
 * trained, sent and kept once ({@link AdaptedModules#collapsed}). Adapters have every factor.
 */
public final class MultiTaskTrainer {
  private final JavaSparkContext spark;
  private final ModelReference reference;
  private final FrozenModel model;
  private final AdapterConfig adapter;
  private final TrainingConfig training;
  private final RoundConfig rounds;
  private final AdaptedModules modules;
  private final float[] initial;
  private final TrainingStart start; // null for from scratch
  private final TaskAdapters adapters;
  private final TaskPreparation preparation;
  private final RoundAveraging averaging;
  private final StateForm form; // in which tasks begin

  /** A trainer with every default, whose tasks start from scratch. */
  public MultiTaskTrainer(SparkSession spark, FrozenModel model) {
    this(spark, model, AdapterConfig.defaults(), TrainingConfig.defaults(), RoundConfig.defaults());
  }

  /** A trainer whose tasks start from scratch. */
  public MultiTaskTrainer(
      SparkSession spark,
      FrozenModel model,
      AdapterConfig adapter,
      TrainingConfig training,
      RoundConfig rounds) {
    this(JavaSparkContext.fromSparkContext(spark.sparkContext()), model, adapter, training, rounds);
  }

  /** A trainer whose tasks start from scratch. */
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
   * @param from the adapters that tasks resume from; null starts all of them from scratch
   * @throws IllegalArgumentException if the adapter does not fit the model, the averaging the
   *     adapter, or the adapters to resume from either
   */
  public MultiTaskTrainer(
      JavaSparkContext spark,
      FrozenModel model,
      AdapterConfig adapter,
      TrainingConfig training,
      RoundConfig rounds,
      TrainingStart from) {
    this(spark, model, adapter, training, rounds, from, true);
  }

  /**
   * A trainer.
   *
   * @param collapses whether factors that are equal and stay so are trained, sent and kept once
   */
  MultiTaskTrainer(
      JavaSparkContext spark,
      FrozenModel model,
      AdapterConfig adapter,
      TrainingConfig training,
      RoundConfig rounds,
      TrainingStart from,
      boolean collapses) {
    this(
        spark,
        model,
        new AdaptedModules(model.linears(), adapter),
        training,
        rounds,
        from,
        collapses,
        null);
  }

  private MultiTaskTrainer(
      JavaSparkContext spark,
      FrozenModel model,
      AdaptedModules modules,
      TrainingConfig training,
      RoundConfig rounds,
      TrainingStart from,
      boolean collapses,
      float[] given) {
    this.spark = spark;
    this.model = model;
    this.reference = ModelReference.of(spark, model);
    this.adapter = modules.config();
    this.training = training;
    this.rounds = rounds;
    if (training.boosting() != null) {
      training.boosting().requireFit(adapter);
    }
    if (adapter.tokenMerging() != null) {
      BaseModel.of(model).requireTokenMerging(adapter.tokenMerging());
    }
    this.modules = modules;
    this.averaging = RoundAveraging.of(rounds, training, modules, model.type());
    this.initial =
        from != null ? from.initial() : given != null ? given : modules.initial(training.seed());
    this.start = from;
    this.adapters = new TaskAdapters(model, modules, training, initial);
    if (from != null) {
      from.requireFit(model, adapter);
    }
    Stream<TrainedAdapter> begun =
        from == null ? Stream.empty() : from.adapters().values().stream();
    this.form =
        collapses
            ? StateForm.of(modules, initial, begun.map(its -> begin(its).state()))
            : StateForm.expanded(modules, initial);
    this.preparation = new TaskPreparation(spark, reference, training, rounds);
  }

  /**
   * A trainer of the same adapters, whose tasks start from scratch; with the same seed it need not
   * compute their starting values.
   */
  public MultiTaskTrainer with(TrainingConfig other, RoundConfig otherRounds) {
    boolean isSame = start == null && other.seed().equals(training.seed());
    return new MultiTaskTrainer(
        spark, model, modules, other, otherRounds, null, true, isSame ? initial : null);
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

  /** What the adapter of a task will be; the SHA-256 of its data is not known here. */
  public AdapterStore.Description describe(TaskData<?> task) {
    return adapters.describe(task);
  }

  /** How many of a task's training examples are held out if it has no others to validate. */
  public static int heldOut(long examples) {
    return TaskPreparation.heldOut(examples);
  }

  /** As {@link #train(List, Consumer)}, where nobody listens. */
  public List<TrainedTask> train(List<? extends TaskData<?>> data) {
    return train(data, round -> {});
  }

  /** As the method with more parameters, from the first round on. */
  public List<TrainedTask> train(
      List<? extends TaskData<?>> data, Consumer<RoundMetrics> listener) {
    return train(data, listener::accept, null, SnapshotListener.none());
  }

  /**
   * Trains all tasks.
   *
   * @param listener is notified of the data, and of what each round did for each task
   * @param from where training resumes, with the same data and configuration; null to start from
   *     scratch
   * @param snapshots receives all tasks between rounds, once the listener has been notified
   * @return the tasks in their order
   * @throws IllegalArgumentException if there is no task, two have one name, one has no examples,
   *     or the snapshot is of other tasks
   */
  public List<TrainedTask> train(
      List<? extends TaskData<?>> data,
      TrainingListener listener,
      TrainingSnapshot from,
      SnapshotListener snapshots) {
    return train(data, listener, from, snapshots, null);
  }

  /**
   * As the method with fewer parameters.
   *
   * @param results where executors write the adapters; null for adapters that the driver keeps
   * @throws UncheckedIOException of a {@link ResultsFolder.WriteException} if one cannot be written
   */
  public List<TrainedTask> train(
      List<? extends TaskData<?>> data,
      TrainingListener listener,
      TrainingSnapshot from,
      SnapshotListener snapshots,
      ResultsFolder results) {
    if (data.isEmpty()) {
      throw new IllegalArgumentException("there is no task to train; give at least one");
    }
    requireFit(data);
    try (ShardedTasks tasks = preparation.shard(data)) {
      listener.prepared(tasks.summaries());
      return train(tasks.data(), listener, from, snapshots, results);
    }
  }

  /**
   * Deals out and tokenises the tasks' examples, for this trainer and others.
   *
   * @throws IllegalArgumentException as training them does
   */
  public PreparedTasks prepare(List<? extends TaskData<?>> data) {
    requireFit(data);
    return new PreparedTasks(preparation.shard(data), model.fingerprint(), training, rounds);
  }

  /** Whether tasks that another trainer has prepared are as this one would. */
  public boolean fits(PreparedTasks prepared) {
    return prepared.fits(model.fingerprint(), training, rounds);
  }

  /**
   * Trains all tasks from scratch, as {@link #train(List, TrainingListener, TrainingSnapshot,
   * SnapshotListener)}. What {@code snapshots} throws ends the training.
   *
   * @throws IllegalArgumentException if they do not {@link #fits fit}
   */
  public List<TrainedTask> train(
      PreparedTasks prepared, Consumer<RoundMetrics> listener, SnapshotListener snapshots) {
    if (!fits(prepared)) {
      throw new IllegalArgumentException(
          "the tasks were prepared for another model, training or rounds; prepare them again");
    }
    return train(prepared.data(), listener::accept, null, snapshots, null);
  }

  private List<TrainedTask> train(
      RoundLoop.Data data,
      TrainingListener listener,
      TrainingSnapshot from,
      SnapshotListener snapshots,
      ResultsFolder results) {
    Map<Integer, RoundLoop.Begin> begin = new HashMap<>();
    Map<String, Integer> heads = new HashMap<>();
    for (RoundTask task : data.tasks()) {
      begin.put(task.plan().index(), begin(task.data(), from != null));
      heads.put(task.plan().name(), begin.get(task.plan().index()).head());
    }
    StateForm kept = from == null ? form : form.resuming(from, heads);
    Broadcast<float[]> start = spark.broadcast(kept.initial());
    RoundLoop.Means means =
        new RoundLoop.Means(
            job(start, kept.isCollapsed()), averaging.with(kept.modules()), rounds, kept);
    try (RoundLoop loop =
        new RoundLoop(spark, means, data, task -> begin.get(task.plan().index()), from)) {
      return loop.run(listener, snapshots, adapters, results);
    } finally {
      start.destroy();
    }
  }

  /**
   * Evaluates trained parameters.
   *
   * @param theta by task, in the order of {@code data}, whose training examples are evaluated
   */
  public List<Evaluation> evaluate(List<? extends TaskData<?>> data, List<float[]> theta) {
    try (TaskEvaluation evaluation = evaluation()) {
      return evaluation.evaluate(data, theta);
    }
  }

  /**
   * Evaluates trained tasks, with what the examples are and what was got wrong.
   *
   * @param trained by task; what executors have stored is read by them
   * @param mistakes of each classifier to tell at most; with any, examples are predicted twice
   */
  public List<TestedTask> test(
      List<? extends TaskData<?>> data, List<TrainedTask> trained, int mistakes) {
    try (TaskEvaluation evaluation = evaluation()) {
      return evaluation.test(data, trained, mistakes);
    }
  }

  /**
   * Evaluates language models with multiple-choice questions.
   *
   * @param data the tasks
   * @param choices by task; null where there are no questions
   * @param theta by task
   * @return by task; null where there are no questions
   */
  public List<Evaluation> evaluateChoices(
      List<? extends TaskData<?>> data,
      List<MultipleChoiceEvaluation> choices,
      IntFunction<float[]> theta) {
    try (TaskEvaluation evaluation = evaluation()) {
      return evaluation.choices(data, choices, theta);
    }
  }

  private TaskEvaluation evaluation() {
    return new TaskEvaluation(spark, job(spark.broadcast(initial), false), preparation);
  }

  /**
   * The test accuracy of a linear probe, a classifier on the frozen model's embeddings.
   *
   * @param tests by task, as {@link #evaluate} takes them; null where there is no test
   * @return by task; null where there is no test
   */
  public List<Double> probe(List<? extends TaskData<?>> data, List<? extends TaskData<?>> tests) {
    Map<Integer, Pooling> tested =
        IntStream.range(0, tests.size())
            .filter(t -> tests.get(t) != null)
            .boxed()
            .collect(Collectors.toMap(t -> t, t -> data.get(t).objective().pooling()));
    try (TaskPreparation.TestShards shards = preparation.testShards(tests);
        ShardedTasks tasks = preparation.shard(data)) {
      Map<Integer, Double> accuracies =
          ProbeBaseline.accuracies(
              reference,
              training,
              tested,
              tasks.training(),
              tasks.validation(),
              BundledRdd.union(spark, shards.byTask()));
      return IntStream.range(0, data.size()).mapToObj(accuracies::get).collect(Collectors.toList());
    }
  }

  /**
   * What a task starts from.
   *
   * @param resumes whether its state comes from a snapshot
   */
  private RoundLoop.Begin begin(TaskData<?> task, boolean resumes) {
    long seed = Seeds.mix(TaskSharder.taskSeed(training, task.name()), Seeds.of("head"));
    int head = resumes ? start(task, seed).length - form.initial().length : 0;
    if (start == null) {
      return new RoundLoop.Begin(null, seed, 0, head);
    }
    RoundLoop.Begin from =
        begin(start.adapter(task.name(), task.objective().classes(), task.objective().problem()));
    return new RoundLoop.Begin(form.state(from.state()), seed, from.stepsBefore(), head);
  }

  /** What executors draw. */
  private float[] start(TaskData<?> task, long seed) {
    return task.objective().start(model, form.initial(), seed);
  }

  /** Refuses tasks of one name or of another kind than the model, before anything is read. */
  private void requireFit(List<? extends TaskData<?>> data) {
    TaskData.requireDistinct(data.stream().map(TaskData::name).toList());
    Set<Class<?>> kinds = new HashSet<>();
    data.stream().filter(t -> kinds.add(t.objective().getClass())).forEach(t -> start(t, 0));
  }

  /** What a task starts from that resumes from an adapter, with every factor. */
  private RoundLoop.Begin begin(TrainedAdapter from) {
    boolean resumes = averaging.hasOneOptimizer() && training.boosting() == null;
    AdapterMoments moments = resumes ? from.moments().orElse(null) : null;
    TaskState state =
        moments == null
            ? TaskState.initial(from.theta())
            : new TaskState(from.theta(), moments.m(), moments.v(), 0);
    return new RoundLoop.Begin(state, 0, moments == null ? 0 : moments.steps(), 0);
  }

  /**
   * What tasks of a job need.
   *
   * @param collapsed whether parameters have equal factors once
   */
  private TrainingContext job(Broadcast<float[]> initial, boolean collapsed) {
    return new TrainingContext(
        UUID.randomUUID().toString(), reference, adapter, training, initial, collapsed);
  }
}
