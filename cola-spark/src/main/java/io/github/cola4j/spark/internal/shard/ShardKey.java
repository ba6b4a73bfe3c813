package io.github.cola4j.spark.internal.shard;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;

/**
 * Which shard it is, in the order of tasks and their shards.
 *
 * @param task its number
 * @param shard its number within the task
 */
public record ShardKey(int task, int shard) implements Comparable<ShardKey>, Serializable {
  private static final Comparator<ShardKey> ORDER =
      Comparator.comparingInt(ShardKey::task).thenComparingInt(ShardKey::shard);

  /** That of a shard. */
  public static ShardKey of(TaskShard shard) {
    return new ShardKey(shard.task(), shard.shard().index());
  }

  @Override
  public int compareTo(ShardKey other) {
    return ORDER.compare(this, other);
  }

  /** Brings all shards of a task together, and tasks apart as far as there are partitions. */
  public static final class ByTask extends Partitioner {
    private final int[] tasks; // ascending
    private final int partitions;

    public ByTask(Collection<Integer> tasks, int mostPartitions) {
      this.tasks = tasks.stream().mapToInt(Integer::intValue).sorted().toArray();
      this.partitions = Math.min(this.tasks.length, mostPartitions);
    }

    /** The tasks of each partition, ascending. */
    public List<List<Integer>> tasksByPartition() {
      return IntStream.range(0, partitions)
          .mapToObj(
              p ->
                  IntStream.iterate(p, t -> t < tasks.length, t -> t + partitions)
                      .mapToObj(t -> tasks[t])
                      .toList())
          .toList();
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return Arrays.binarySearch(tasks, ((ShardKey) key).task()) % partitions;
    }
  }
}
