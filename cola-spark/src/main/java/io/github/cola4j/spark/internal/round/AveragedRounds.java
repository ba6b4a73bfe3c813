package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.shard.AveragedRound;
import io.github.cola4j.spark.internal.shard.GroupKey;
import io.github.cola4j.spark.internal.shard.PlacedShards;
import io.github.cola4j.spark.internal.shard.RoundAveraging;
import io.github.cola4j.spark.internal.shard.ShardReduction;
import io.github.cola4j.spark.internal.shard.ShardRounds;
import io.github.cola4j.spark.internal.shard.ShardUpdate;
import io.github.cola4j.spark.internal.shard.Slices;
import io.github.cola4j.spark.internal.state.EarlyStopping;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Tasks of several shards, or that share parameters: in a round states go to the tasks' shards by
 * one shuffle, what these have trained comes back by another, and is averaged in the order of the
 * shards where the states are.
 */
final class AveragedRounds implements TaskRounds {
  private static final String SLICE_SIZE = "spark.cola4j.sliceSize";

  private final JavaSparkContext spark;
  private final PlacedShards training;
  private final PlacedShards validation;
  private final ShardRounds shards;
  private final List<TaskPlan> plans;
  private final Broadcast<List<TaskPlan>> sent;
  private final Slices slices;
  private final GroupKey.ByGroup byTask;
  private final HeldStates states;

  /**
   * Tasks before their first round.
   *
   * @param plans of all tasks of the job
   */
  AveragedRounds(
      JavaSparkContext spark,
      PlacedShards training,
      PlacedShards validation,
      ShardRounds shards,
      List<TaskPlan> plans,
      Broadcast<List<TaskPlan>> sent,
      FirstStates first) {
    this.spark = spark;
    this.training = training;
    this.validation = validation;
    this.shards = shards;
    this.plans = plans;
    this.sent = sent;
    this.slices =
        Slices.of(shards.rule(), plans, spark.getConf().getSizeAsBytes(SLICE_SIZE, "64m"));
    Set<Integer> tasks = training.places().tasks();
    this.byTask = new GroupKey.ByGroup(tasks, tasks.size()); // one state at a time on its way
    this.states = HeldStates.of(spark, first, byTask.byPartition());
  }

  @Override
  public List<List<RoundOutcome>> train(
      Map<Integer, TaskProgress> before, int rounds, RoundWatch watch) {
    Map<Integer, TaskProgress> progress = new TreeMap<>(before);
    progress.keySet().removeIf(task -> !has(task));
    List<List<RoundOutcome>> byRound = new ArrayList<>();
    for (int r = 0; r < rounds; r++) {
      List<RoundOutcome> outcomes = round(progress, watch);
      outcomes.forEach(outcome -> progress.put(outcome.task(), outcome.after()));
      byRound.add(outcomes);
    }
    return byRound;
  }

  private List<RoundOutcome> round(Map<Integer, TaskProgress> progress, RoundWatch watch) {
    List<Integer> active =
        progress.keySet().stream().filter(task -> progress.get(task).active()).toList();
    if (active.isEmpty()) {
      return List.of();
    }
    Broadcast<HashMap<Integer, TaskProgress>> now = spark.broadcast(new HashMap<>(progress));
    AveragedRound round = new AveragedRound(shards, slices, sent, now);
    List<RoundOutcome> trained = watch.average(active, reducing(), () -> average(round, active));
    for (RoundOutcome outcome : trained) {
      outcome
          .counts()
          .requireEnough(plans.get(outcome.task()).name(), outcome.round(), shards.rounds());
    }
    List<Integer> due =
        trained.stream()
            .filter(o -> plans.get(o.task()).isDue(o.after(), shards.rounds()))
            .map(RoundOutcome::task)
            .toList();
    Map<Integer, Evaluation> scores = watch.validate(due, () -> validate(round, due));
    return decide(trained, scores);
  }

  /** How many stages come behind that of training. */
  private int reducing() {
    return 1 + (slices.areCut() ? 1 : 0) + (shards.rounds().scope() == Scope.TASK ? 0 : 2);
  }

  /** Trains and averages; the states that come of it take the place of the present ones. */
  private List<RoundOutcome> average(AveragedRound round, List<Integer> active) {
    JavaRDD<ShardReduction.Reduced> reduced =
        averagedSlices(trained(round, active).mapToPair(update -> update))
            .repartitionAndSortWithinPartitions(byTask)
            .zipPartitions(states.now(), round::reduce);
    RoundAveraging rule = shards.rule();
    if (shards.rounds().scope() == Scope.TASK) {
      return replace(reduced.map(r -> AveragedRound.taken(rule, r)), round);
    }
    try (SharedMeans shared = new SharedMeans(reduced, byTask, shards)) {
      return replace(shared.means().map(r -> AveragedRound.taken(rule, r)), round);
    }
  }

  /** Shards read their task's state where it is, or are sent what each has of it for itself. */
  private JavaRDD<Tuple2<GroupKey, ShardUpdate>> trained(
      AveragedRound round, List<Integer> active) {
    if (!shards.rule().keepsMoments()) {
      return training.rows().zipPartitions(statesAt(training, active), round::train);
    }
    JavaPairRDD<GroupKey, TaskState> starts =
        states
            .now()
            .flatMapToPair(round::starts)
            .repartitionAndSortWithinPartitions(training.places());
    return training.rows().zipPartitions(starts, round::trainFrom);
  }

  /** The states of some tasks where their shards are, as often as there are partitions of these. */
  private JavaRDD<HeldState> statesAt(PlacedShards of, Collection<Integer> tasks) {
    Set<Integer> some = new HashSet<>(tasks);
    return Partitions.chosen(
        states.now(),
        of.places().tasksByPartition().stream()
            .map(all -> all.stream().filter(some::contains).map(this::partition).toList())
            .toList());
  }

  private JavaPairRDD<GroupKey, ShardUpdate> averagedSlices(
      JavaPairRDD<GroupKey, ShardUpdate> updates) {
    if (!slices.areCut()) {
      return updates;
    }
    Slices cut = slices;
    RoundAveraging rule = shards.rule();
    return updates
        .flatMapToPair(cut::cut)
        .repartitionAndSortWithinPartitions(cut.places())
        .mapPartitionsToPair(rows -> cut.average(rule, rows));
  }

  private List<RoundOutcome> replace(JavaRDD<AveragedRound.Taken> taken, AveragedRound round) {
    return states
        .replace(
            taken, AveragedRound.Taken::state, row -> Stream.ofNullable(row.outcome()), round.now())
        .stream()
        .sorted(Comparator.comparingInt(RoundOutcome::task))
        .toList();
  }

  private Map<Integer, Evaluation> validate(AveragedRound round, List<Integer> due) {
    List<Tuple2<GroupKey, Evaluation>> parts =
        validation.rows().zipPartitions(statesAt(validation, due), round::evaluate).collect();
    Map<Integer, Evaluation> scores = new TreeMap<>();
    parts.stream()
        .sorted(Comparator.comparing(Tuple2::_1))
        .forEach(part -> scores.merge(part._1().group(), part._2(), Evaluation::plus));
    return scores;
  }

  /** Tasks that share parameters are judged, and go on, together; others each by itself. */
  private List<RoundOutcome> decide(List<RoundOutcome> trained, Map<Integer, Evaluation> scores) {
    List<List<RoundOutcome>> groups =
        shards.rounds().scope() == Scope.TASK
            ? trained.stream().map(List::of).toList()
            : List.of(trained);
    List<RoundOutcome> decided = new ArrayList<>();
    for (List<RoundOutcome> group : groups) {
      EarlyStopping.Verdict verdict =
          scores.containsKey(group.get(0).task())
              ? EarlyStopping.judge(
                  group.get(0).after().stopping(),
                  group.stream().map(o -> scores.get(o.task())).toList(),
                  shards.rounds())
              : null;
      for (RoundOutcome outcome : group) {
        Evaluation score = scores.get(outcome.task());
        TaskProgress after =
            verdict == null ? outcome.after() : outcome.after().validated(score, verdict);
        decided.add(
            outcome
                .withScore(score)
                .withAfter(after.goesOn(plans.get(outcome.task()), shards.rounds())));
      }
    }
    return decided;
  }

  @Override
  public boolean has(int task) {
    return training.places().tasks().contains(task);
  }

  @Override
  public HeldStates states() {
    return states;
  }

  @Override
  public int partition(int task) {
    return byTask.getPartition(new GroupKey(task, 0));
  }

  @Override
  public void close() {
    states.close();
  }
}
