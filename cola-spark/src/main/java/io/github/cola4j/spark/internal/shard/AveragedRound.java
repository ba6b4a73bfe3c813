package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * What executors do in a round of tasks whose shards are averaged.
 *
 * @param slices of the updates of large tasks
 * @param plans of all tasks
 * @param now where each task is
 */
public record AveragedRound(
    ShardRounds shards,
    Slices slices,
    Broadcast<List<TaskPlan>> plans,
    Broadcast<HashMap<Integer, TaskProgress>> now)
    implements Serializable {

  /**
   * A task after a round.
   *
   * @param outcome null if the task was over before
   */
  public record Taken(HeldState state, RoundOutcome outcome) implements Serializable {}

  private HeldState decided(HeldState held) {
    return held.decided(now.value().get(held.task()));
  }

  private TaskPlan plan(int task) {
    return plans.value().get(task);
  }

  /** What shards start from, asked for in their order. */
  private interface Starts {
    /** Null if the shard's task is not among them. */
    TaskState of(TaskShard shard);
  }

  /** What the shards of a task start from, for each; where they keep moments of their own. */
  public Iterator<Tuple2<GroupKey, TaskState>> starts(HeldState before) {
    HeldState held = decided(before);
    int count = held.progress().active() ? plan(held.task()).shards() : 0;
    return IntStream.range(0, count)
        .mapToObj(
            shard ->
                new Tuple2<>(new GroupKey(held.task(), shard), shards.rule().start(held, shard)))
        .iterator();
  }

  /**
   * Trains shards, those of active tasks.
   *
   * @param states of these, in the order of the tasks
   */
  public Iterator<Tuple2<GroupKey, ShardUpdate>> train(
      Iterator<TaskShard> rows, Iterator<HeldState> states) {
    StatesOf held = new StatesOf(states);
    return train(
        rows,
        shard -> {
          HeldState state = held.of(shard.task());
          return state == null ? null : shards.rule().start(state, shard.shard().index());
        });
  }

  /**
   * Trains shards.
   *
   * @param starts of those of active tasks, in their order
   */
  public Iterator<Tuple2<GroupKey, ShardUpdate>> trainFrom(
      Iterator<TaskShard> rows, Iterator<Tuple2<GroupKey, TaskState>> starts) {
    GroupRows<TaskState> sorted = new GroupRows<>(starts);
    return train(rows, shard -> sorted.value(GroupKey.of(shard)));
  }

  private Iterator<Tuple2<GroupKey, ShardUpdate>> train(Iterator<TaskShard> rows, Starts starts) {
    Iterator<ShardRounds.Assigned> assigned =
        Partitions.lazily(rows)
            .map(
                shard -> {
                  long begin = System.nanoTime();
                  TaskState start = starts.of(shard);
                  return start == null
                      ? null
                      : assigned(shard, start, (System.nanoTime() - begin) / 1e9);
                })
            .filter(Objects::nonNull)
            .iterator();
    return Partitions.lazily(
            new Grouped<>(shards, assigned, task -> shards.tokensOfStep(task.shard())))
        .flatMap(this::trained)
        .iterator();
  }

  private ShardRounds.Assigned assigned(TaskShard shard, TaskState start, double fetched) {
    TaskPlan plan = plan(shard.task());
    LocalSteps steps = shards.rule().steps(plan, now.value().get(shard.task()));
    return new ShardRounds.Assigned(plan, steps, start, shard, fetched);
  }

  private Stream<Tuple2<GroupKey, ShardUpdate>> trained(List<ShardRounds.Assigned> group) {
    List<ShardUpdate> updates = shards.train(group);
    return IntStream.range(0, group.size())
        .mapToObj(i -> new Tuple2<>(GroupKey.of(group.get(i).shard()), updates.get(i)));
  }

  /**
   * Reduces the tasks of a partition.
   *
   * @param updates in the order of tasks and shards
   * @param states of all tasks, in their order
   */
  public Iterator<ShardReduction.Reduced> reduce(
      Iterator<Tuple2<GroupKey, ShardUpdate>> updates, Iterator<HeldState> states) {
    GroupRows<ShardUpdate> rows = new GroupRows<>(updates);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return states.hasNext();
      }

      @Override
      public ShardReduction.Reduced next() {
        HeldState held = decided(states.next());
        if (!held.progress().active()) {
          return new ShardReduction.Reduced(held, null, null, Map.of(), null);
        }
        return ShardReduction.reduce(
            shards.rule(),
            shards.job().training(),
            plan(held.task()),
            held,
            slices.joined(held.task(), rows.of(held.task())));
      }
    };
  }

  /** A task after its round, or as it was where there was none or too few shards were sound. */
  public static Taken taken(RoundAveraging rule, ShardReduction.Reduced reduced) {
    HeldState before = reduced.before();
    if (!before.progress().active()) {
      return new Taken(before, null);
    }
    HeldState after =
        reduced.mean() == null
            ? before
            : rule.take(before, reduced.steps(), reduced.mean(), reduced.moments());
    return new Taken(
        after,
        new RoundOutcome(
            before.task(),
            before.progress().rounds() + 1,
            reduced.counts(),
            (reduced.counts().shards() + reduced.counts().rejected()) * before.present().bytes(),
            null,
            after.progress()));
  }

  /**
   * Evaluates the parameters of tasks on their shards.
   *
   * @param states of those that are to be validated, in the order of the tasks
   */
  public Iterator<Tuple2<GroupKey, Evaluation>> evaluate(
      Iterator<TaskShard> rows, Iterator<HeldState> states) {
    StatesOf held = new StatesOf(states);
    return Partitions.lazily(rows)
        .map(
            shard -> {
              HeldState state = held.of(shard.task());
              return state == null
                  ? null
                  : new Tuple2<>(GroupKey.of(shard), evaluate(shard, state));
            })
        .filter(Objects::nonNull)
        .iterator();
  }

  private Evaluation evaluate(TaskShard shard, HeldState state) {
    return ShardTrainer.evaluate(
        shards.job(),
        plan(shard.task()).objective(),
        state.present().theta(),
        shard.shard().samples());
  }

  /** The states of some tasks, asked for in their order. */
  private static final class StatesOf {
    private final Iterator<HeldState> states;
    private HeldState state; // the last that was read

    StatesOf(Iterator<HeldState> states) {
      this.states = states;
    }

    /** Null if it is not among them. */
    HeldState of(int task) {
      while ((state == null || state.task() < task) && states.hasNext()) {
        state = states.next();
      }
      return state != null && state.task() == task ? state : null;
    }
  }
}
