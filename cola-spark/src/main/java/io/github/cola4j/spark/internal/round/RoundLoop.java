package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.shard.Leg;
import io.github.cola4j.spark.internal.shard.PlacedShards;
import io.github.cola4j.spark.internal.shard.PlacedTasks;
import io.github.cola4j.spark.internal.shard.RoundAveraging;
import io.github.cola4j.spark.internal.shard.ShardCounters;
import io.github.cola4j.spark.internal.shard.ShardRounds;
import io.github.cola4j.spark.internal.state.AdapterForm;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.StateForm;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.ResultsFolder;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.SnapshotListener;
import io.github.cola4j.spark.training.StoredVectors;
import io.github.cola4j.spark.training.TaskAdapters;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingListener;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * The rounds of one training. States are with the executors; the driver gets counts and scores, and
 * has of each task how far it is.
 */
public final class RoundLoop implements AutoCloseable {
  private static final double LEG_SECONDS = 5; // between two signs of life
  private static final String GROUP = "spark.jobGroup.id";

  private final JavaSparkContext spark;
  private final List<RoundTask> tasks;
  private final RoundConfig config;
  private final RoundAveraging averaging;
  private final StateForm form;
  private final Broadcast<List<TaskPlan>> plans;
  private final FirstStates first;
  private final List<TaskRounds> parts = new ArrayList<>();
  private final Map<Integer, TaskProgress> progress = new TreeMap<>();
  private final RoundWatch watch;
  private int done; // rounds
  private int taken; // of these, when a snapshot was given last
  private double secondsPerRound;

  /**
   * The tasks of a job, and where their shards are.
   *
   * @param tasks in the order of the job
   * @param staying those that stay on a core; null for none
   * @param averaged shards of the others to train on; null for none
   * @param validated shards of the others to validate with
   */
  public record Data(
      List<RoundTask> tasks, PlacedTasks staying, PlacedShards averaged, PlacedShards validated) {}

  /**
   * What a task begins with.
   *
   * @param state null where it is drawn
   * @param seed that it is drawn from
   * @param stepsBefore that the state's moments have behind them
   * @param head how many parameters it has behind those of the adapter; asked for to resume
   */
  public record Begin(TaskState state, long seed, int stepsBefore, int head) {}

  /** How a training computes. */
  public record Means(
      TrainingContext job, RoundAveraging averaging, RoundConfig config, StateForm form) {}

  /**
   * Tasks before their first round, or where a snapshot was.
   *
   * @param from where training resumes; null to start from scratch
   * @throws IllegalArgumentException if the snapshot is of other tasks, or one of them is over
   *     before it was ever validated
   */
  public RoundLoop(
      JavaSparkContext spark,
      Means means,
      Data data,
      Function<RoundTask, Begin> begin,
      TrainingSnapshot from) {
    this.spark = spark;
    this.tasks = data.tasks();
    this.config = means.config();
    this.averaging = means.averaging();
    this.form = means.form();
    List<TaskPlan> all = tasks.stream().map(RoundTask::plan).toList();
    this.plans = spark.broadcast(all);
    this.first = new FirstStates(spark, means.job(), plans);
    this.done = from == null ? 0 : from.round();
    this.taken = done;
    try {
      for (RoundTask task : tasks) {
        begin(task.plan(), begin.apply(task), from);
      }
      ShardRounds shards =
          new ShardRounds(means.job(), averaging, config, ShardCounters.register(spark));
      if (data.staying() != null) {
        parts.add(new StayingRounds(spark, data.staying(), new Leg(shards, plans), first));
      }
      if (data.averaged() != null) {
        parts.add(
            new AveragedRounds(
                spark, data.averaged(), data.validated(), shards, all, plans, first));
      }
      this.watch = new RoundWatch(spark, all, progress, means.job().training(), done);
    } catch (Throwable e) {
      letGo();
      throw e;
    }
  }

  private void begin(TaskPlan plan, Begin begin, TrainingSnapshot from) {
    if (from != null) {
      TrainingSnapshot.Task task = from.task(plan.name());
      int length = form.initial().length + begin.head();
      TaskProgress at = TaskProgress.resumed(plan, begin.stepsBefore(), task, config);
      if (task.vectors() instanceof StoredVectors stored
          && (spark.isLocal() || !stored.onDriversDisk())) {
        first.read(plan.index(), at, new FirstStates.Stored(stored, form.reading(), length));
      } else {
        first.give(HeldState.of(plan, at, form.reading().of(task.vectors().get(), length), length));
      }
    } else if (begin.state() != null) {
      first.give(
          HeldState.first(plan.index(), TaskProgress.start(begin.stepsBefore()), begin.state()));
    } else {
      first.draw(plan.index(), begin.seed());
    }
    progress.put(plan.index(), first.progress(plan.index()));
  }

  /**
   * Trains until every task is over.
   *
   * @param listener is notified of what each round did for each task
   * @param snapshots of all tasks between rounds
   * @param folder that executors write adapters to; null for adapters that the driver keeps
   * @return the tasks in their order
   * @throws io.github.cola4j.train.DivergedException if too few of a task's shards are sound
   */
  public List<TrainedTask> run(
      TrainingListener listener,
      SnapshotListener snapshots,
      TaskAdapters adapters,
      ResultsFolder folder) {
    try {
      train(listener, snapshots);
      return results(adapters, folder);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      cutShort(e, snapshots);
      throw e;
    }
  }

  private void train(TrainingListener listener, SnapshotListener snapshots) {
    while (areActive()) {
      List<List<RoundOutcome>> rounds = train(roundsOfLeg(snapshots.every()));
      List<List<RoundOutcome>> sound = sound(rounds);
      sound.forEach(round -> round.forEach(task -> progress.put(task.task(), task.after())));
      secondsPerRound = watch.legDone(sound);
      sound.forEach(round -> round.forEach(task -> listener.accept(watch.metrics(task))));
      listener.roundsDone();
      if (sound.size() < rounds.size()) {
        rounds.get(sound.size()).forEach(this::requireEnough);
      }
      done += sound.size();
      if (done % snapshots.every() == 0 || !areActive()) {
        watch.checkpoint(() -> snapshots.accept(snapshot()));
        taken = done;
      }
    }
  }

  private void cutShort(Throwable failure, SnapshotListener snapshots) {
    boolean isTold = progress.values().stream().allMatch(its -> its.rounds() <= done);
    if (done == taken || !isTold) {
      return;
    }
    boolean interrupted = Thread.interrupted(); // as Spark's jobs would be
    try {
      snapshots.cutShort(snapshot());
    } catch (Exception e) { // states may be a round ahead; a SparkException is not declared
      failure.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean areActive() {
    return progress.values().stream().anyMatch(TaskProgress::active);
  }

  /** Up to the next snapshot, and so many that one hears of them before long. */
  private int roundsOfLeg(int every) {
    int toSnapshot = every - done % every;
    return secondsPerRound == 0
        ? 1
        : (int) Math.max(1, Math.min(toSnapshot, LEG_SECONDS / secondsPerRound));
  }

  /** By round, what all active tasks have come to, in their order. */
  private List<List<RoundOutcome>> train(int rounds) {
    List<List<RoundOutcome>> all = new ArrayList<>();
    for (TaskRounds part : parts) {
      List<List<RoundOutcome>> some = part.train(progress, rounds, watch);
      for (int r = 0; r < rounds; r++) {
        if (r == all.size()) {
          all.add(new ArrayList<>());
        }
        all.get(r).addAll(some.get(r));
      }
    }
    all.removeIf(List::isEmpty); // all tasks were over before
    all.forEach(round -> round.sort(Comparator.comparingInt(RoundOutcome::task)));
    return all;
  }

  /** The rounds before the first that does not count. */
  private List<List<RoundOutcome>> sound(List<List<RoundOutcome>> rounds) {
    return rounds.stream()
        .takeWhile(round -> round.stream().allMatch(task -> task.counts().areEnough(config)))
        .toList();
  }

  private void requireEnough(RoundOutcome task) {
    task.counts().requireEnough(tasks.get(task.task()).plan().name(), task.round(), config);
  }

  private TaskRounds part(int task) {
    return parts.stream().filter(part -> part.has(task)).findFirst().orElseThrow();
  }

  private Map<String, float[]> vectors(int task) {
    TaskRounds part = part(task);
    return part.states()
        .fetch(part.partition(task))
        .filter(held -> held.task() == task)
        .findFirst()
        .orElseThrow()
        .decided(progress.get(task))
        .vectors();
  }

  /** Gives the states of all tasks to the driver, as was decided of them. */
  private void forEach(Consumer<HeldState> taker) {
    parts.forEach(
        part ->
            part.states().forEach(held -> taker.accept(held.decided(progress.get(held.task())))));
  }

  private List<TrainedTask> results(TaskAdapters adapters, ResultsFolder folder) {
    AdapterForm its =
        new AdapterForm(
            adapters.modules().layout(),
            adapters.initial(),
            form.reading(),
            averaging.hasOneOptimizer());
    TrainingResults results = new TrainingResults(spark, tasks, parts, progress, its);
    return folder == null ? results.kept(adapters) : results.written(folder);
  }

  private TrainingSnapshot snapshot() {
    return new TrainingSnapshot(done, tasks.stream().map(this::snapshot).toList(), vectors());
  }

  private TrainingSnapshot.Vectors vectors() {
    return new TrainingSnapshot.Vectors() {
      @Override
      public void forEach(BiConsumer<String, Map<String, float[]>> taker) {
        inGroup(
            () -> {
              RoundLoop.this.forEach(
                  held -> taker.accept(tasks.get(held.task()).plan().name(), held.vectors()));
              return null;
            });
      }

      @Override
      public <R extends Serializable> Map<String, R> map(
          TrainingSnapshot.Work<R> work, boolean onDriversDisk) {
        Map<String, R> results = new HashMap<>();
        if (onDriversDisk && !spark.isLocal()) {
          forEach((task, vectors) -> results.put(task, work.of(task, vectors)));
        } else {
          parts.forEach(part -> results.putAll(inGroup(() -> onExecutors(part.states(), work))));
        }
        return results;
      }
    };
  }

  private <T> T inGroup(Supplier<T> jobs) {
    String before = spark.getLocalProperty(GROUP);
    spark.setLocalProperty(GROUP, SnapshotListener.JOB_GROUP);
    try {
      return jobs.get();
    } finally {
      spark.setLocalProperty(GROUP, before);
    }
  }

  private <R extends Serializable> Map<String, R> onExecutors(
      HeldStates states, TrainingSnapshot.Work<R> work) {
    Broadcast<List<TaskPlan>> of = plans;
    TreeMap<Integer, TaskProgress> now = new TreeMap<>(progress);
    Map<String, R> results = new HashMap<>();
    states
        .map(
            held -> {
              String task = of.value().get(held.task()).name();
              return new Tuple2<>(
                  task, work.of(task, held.decided(now.get(held.task())).vectors()));
            })
        .forEach(result -> results.put(result._1(), result._2()));
    return results;
  }

  private TrainingSnapshot.Task snapshot(RoundTask task) {
    int index = task.plan().index();
    TaskProgress its = progress.get(index);
    return new TrainingSnapshot.Task(
        task.plan().name(),
        its.step(),
        its.rounds(),
        its.bestRound(),
        its.bestValidation(),
        its.stopping(),
        () -> vectors(index));
  }

  private void letGo() {
    parts.forEach(TaskRounds::close);
    first.close();
    plans.destroy();
  }

  @Override
  public void close() {
    watch.close();
    letGo();
  }
}
