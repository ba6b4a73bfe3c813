package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
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

  /** What the shards of a task start from. */
  public Iterator<Tuple2<GroupKey, TaskState>> starts(HeldState before) {
    HeldState held = decided(before);
    int count = held.progress().active() ? plan(held.task()).shards() : 0;
    return toShards(held.task(), count, shard -> shards.rule().start(held, shard));
  }

  private static <T> Iterator<Tuple2<GroupKey, T>> toShards(
      int task, int count, IntFunction<T> value) {
    return IntStream.range(0, count)
        .mapToObj(shard -> new Tuple2<>(new GroupKey(task, shard), value.apply(shard)))
        .iterator();
  }

  /** Trains shards, those of active tasks. */
  public Iterator<Tuple2<GroupKey, ShardUpdate>> train(
      Iterator<Tuple2<GroupKey, TaskState>> starts, Iterator<TaskShard> rows) {
    Iterator<ShardRounds.Assigned> assigned =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return starts.hasNext();
          }

          @Override
          public ShardRounds.Assigned next() {
            long begin = System.nanoTime();
            Tuple2<GroupKey, TaskState> start = starts.next();
            TaskShard shard = shard(start._1(), rows);
            double fetched = (System.nanoTime() - begin) / 1e9;
            TaskPlan plan = plan(shard.task());
            return new ShardRounds.Assigned(
                plan,
                shards.rule().steps(plan, now.value().get(shard.task())),
                start._2(),
                shard,
                fetched);
          }
        };
    return Partitions.lazily(
            new Grouped<>(shards, assigned, task -> shards.tokensOfStep(task.shard())))
        .flatMap(this::trained)
        .iterator();
  }

  private Stream<Tuple2<GroupKey, ShardUpdate>> trained(List<ShardRounds.Assigned> group) {
    List<ShardUpdate> updates = shards.train(group);
    return IntStream.range(0, group.size())
        .mapToObj(i -> new Tuple2<>(GroupKey.of(group.get(i).shard()), updates.get(i)));
  }

  /** The shard of a key; those before it are of tasks that are over. */
  private static TaskShard shard(GroupKey key, Iterator<TaskShard> rows) {
    TaskShard shard = rows.next();
    while (!GroupKey.of(shard).equals(key)) {
      shard = rows.next();
    }
    return shard;
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
   * What a task is validated with, for each of its shards.
   *
   * @param isDue by task
   */
  public Iterator<Tuple2<GroupKey, float[]>> parameters(HeldState held, boolean[] isDue) {
    int count = isDue[held.task()] ? plan(held.task()).validationShards() : 0;
    return toShards(held.task(), count, shard -> held.present().theta());
  }

  /** Evaluates parameters on their shards. */
  public Iterator<Tuple2<GroupKey, Evaluation>> evaluate(
      Iterator<Tuple2<GroupKey, float[]>> parameters, Iterator<TaskShard> rows) {
    return Partitions.lazily(parameters)
        .map(
            row -> {
              TaskShard shard = shard(row._1(), rows);
              return new Tuple2<>(
                  row._1(),
                  ShardTrainer.evaluate(
                      shards.job(),
                      plan(shard.task()).objective(),
                      row._2(),
                      shard.shard().samples()));
            })
        .iterator();
  }
}
