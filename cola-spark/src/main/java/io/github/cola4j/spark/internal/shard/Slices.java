package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.TaskPlan;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import scala.Tuple2;

/**
 * Cuts the updates of tasks with many shards into slices, so that many reducers average one task:
 * slice s of all shards goes to one of them, and the means of all slices to where the task's state
 * is (reduce-scatter and gather). The bits are those of one reducer, because each slice is summed
 * in the order of the shards.
 */
public final class Slices implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int MOST_REDUCERS = 1000;

  /** With fewer, the means that travel once more are much of what all shards send. */
  private static final int LEAST_SHARDS = 16;

  private final int[] first; // by task, the number of its first slice; one more at the end

  private Slices(int[] first) {
    this.first = first;
  }

  /**
   * As many slices as it takes that each fits into memory.
   *
   * @param tasks in the order of their numbers
   * @param size that all shards' parts of a slice may have, in bytes: a reducer sorts them in
   *     memory
   */
  public static Slices of(RoundAveraging rule, List<TaskPlan> tasks, long size) {
    int parameters = rule.adapters().layout().length();
    long bytes = rule.divisibleBytes(parameters);
    int[] first = new int[tasks.size() + 1];
    for (int t = 0; t < tasks.size(); t++) {
      int shards = tasks.get(t).shards();
      long count = shards < LEAST_SHARDS ? 1 : 1 + bytes * shards / size;
      first[t + 1] = first[t] + (int) Math.min(count, Math.max(1, parameters));
    }
    return new Slices(first);
  }

  private int count(int task) {
    return first[task + 1] - first[task];
  }

  /** Whether any task's updates are cut. */
  public boolean areCut() {
    return first[first.length - 1] > first.length - 1;
  }

  /** Where slices are averaged. */
  public GroupKey.ByGroup places() {
    return GroupKey.ByGroup.of(first[first.length - 1], MOST_REDUCERS);
  }

  /** The slices of an update; it alone where it is not cut. What it counts goes with the first. */
  public Iterator<Tuple2<GroupKey, ShardUpdate>> cut(Tuple2<GroupKey, ShardUpdate> row) {
    int task = row._1().group();
    ShardUpdate update = row._2();
    int count = update.isSound() ? count(task) : 1;
    return IntStream.range(0, count)
        .mapToObj(
            s ->
                new Tuple2<>(
                    new GroupKey(first[task] + s, row._1().member()),
                    count == 1 ? update : slice(update, s, count)))
        .iterator();
  }

  private static ShardUpdate slice(ShardUpdate update, int slice, int count) {
    int from = begin(update, slice, count);
    int to = begin(update, slice + 1, count);
    ShardMoments moments = update.moments();
    return new ShardUpdate(
        update.shard(),
        update.step(),
        Arrays.copyOfRange(update.theta(), from, to),
        moments == null
            ? null
            : new ShardMoments(
                Arrays.copyOfRange(moments.m(), from, to),
                Arrays.copyOfRange(moments.v(), from, to)),
        update.weight(),
        slice == 0 ? update.counts() : RoundCounts.NONE);
  }

  private static int begin(ShardUpdate update, int slice, int count) {
    return (int) ((long) update.theta().length * slice / count);
  }

  /**
   * Averages slices.
   *
   * @param rows of slices, in the order of slices and shards
   * @return by task and slice, the mean over shards; by task and shard, what is not cut
   */
  public Iterator<Tuple2<GroupKey, ShardUpdate>> average(
      RoundAveraging rule, Iterator<Tuple2<GroupKey, ShardUpdate>> rows) {
    GroupRows<ShardUpdate> groups = new GroupRows<>(rows);
    return Partitions.lazily(groups.groups())
        .flatMap(
            group -> {
              int task = task(group);
              if (count(task) == 1) {
                return Partitions.lazily(groups.of(group))
                    .map(update -> new Tuple2<>(new GroupKey(task, update.shard()), update));
              }
              ShardUpdate mean = ShardReduction.mean(rule, groups.of(group));
              return Stream.of(new Tuple2<>(new GroupKey(task, group - first[task]), mean));
            })
        .iterator();
  }

  private int task(int group) {
    int found = Arrays.binarySearch(first, group);
    return found >= 0 ? found : -found - 2;
  }

  /**
   * The updates of a task: what is not cut as it is, the means of slices as one.
   *
   * @param rows of the task, in the order of its shards or slices
   */
  public Iterator<ShardUpdate> joined(int task, Iterator<ShardUpdate> rows) {
    if (count(task) == 1 || !rows.hasNext()) {
      return rows;
    }
    List<ShardUpdate> means = new ArrayList<>();
    rows.forEachRemaining(means::add);
    ShardUpdate head = means.get(0);
    ShardMoments moments =
        head.moments() == null
            ? null
            : new ShardMoments(
                joined(means.stream().map(mean -> mean.moments().m()).toList()),
                joined(means.stream().map(mean -> mean.moments().v()).toList()));
    return List.of(
            new ShardUpdate(
                head.shard(),
                head.step(),
                joined(means.stream().map(ShardUpdate::theta).toList()),
                moments,
                head.weight(),
                head.counts()))
        .iterator();
  }

  private static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int next = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, next, part.length);
      next += part.length;
    }
    return all;
  }
}
