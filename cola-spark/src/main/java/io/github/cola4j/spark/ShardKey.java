package io.github.cola4j.spark;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/**
 * Which shard it is, in the order of tasks and their shards.
 *
 * @param task its number
 * @param shard its number within the task
 */
record ShardKey(int task, int shard) implements Comparable<ShardKey>, Serializable {
  private static final Comparator<ShardKey> ORDER =
      Comparator.comparingInt(ShardKey::task).thenComparingInt(ShardKey::shard);

  @Override
  public int compareTo(ShardKey other) {
    return ORDER.compare(this, other);
  }

  /** Brings all shards of a task together. */
  static final class ByTask extends Partitioner {
    private final int partitions;

    ByTask(int partitions) {
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return ((ShardKey) key).task() % partitions;
    }
  }
}
