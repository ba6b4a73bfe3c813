package io.github.cola4j.spark.internal.shard;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;

/**
 * Where a row belongs that a shuffle sorts: rows of one group come one after the other, by member.
 * A task's shards are a group, as are the same slice of all its shards, and what all tasks share.
 *
 * @param group a task's number, or that of a slice or part
 * @param member a shard's number, or that of a slice, part or task
 */
public record GroupKey(int group, int member) implements Comparable<GroupKey>, Serializable {
  private static final Comparator<GroupKey> ORDER =
      Comparator.comparingInt(GroupKey::group).thenComparingInt(GroupKey::member);

  /** That of a task's shard. */
  public static GroupKey of(TaskShard shard) {
    return new GroupKey(shard.task(), shard.shard().index());
  }

  @Override
  public int compareTo(GroupKey other) {
    return ORDER.compare(this, other);
  }

  /** Brings all members of a group together, and groups apart as far as there are partitions. */
  public static final class ByGroup extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int[] groups; // ascending
    private final int partitions;

    public ByGroup(Collection<Integer> groups, int mostPartitions) {
      this.groups = groups.stream().mapToInt(Integer::intValue).sorted().toArray();
      this.partitions = Math.min(this.groups.length, mostPartitions);
    }

    /** Of groups that are numbered from 0 on. */
    public static ByGroup of(int groups, int mostPartitions) {
      return new ByGroup(IntStream.range(0, groups).boxed().toList(), mostPartitions);
    }

    /** The groups of each partition, ascending. */
    public List<List<Integer>> byPartition() {
      return IntStream.range(0, partitions)
          .mapToObj(
              p ->
                  IntStream.iterate(p, g -> g < groups.length, g -> g + partitions)
                      .mapToObj(g -> groups[g])
                      .toList())
          .toList();
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return Arrays.binarySearch(groups, ((GroupKey) key).group()) % partitions;
    }
  }
}
