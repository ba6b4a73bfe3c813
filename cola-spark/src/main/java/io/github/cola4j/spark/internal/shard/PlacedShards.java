package io.github.cola4j.spark.internal.shard;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;

/**
 * Shards of tasks, in the order of tasks and shards within each partition.
 *
 * @param places where they are
 */
public record PlacedShards(JavaRDD<TaskShard> rows, Places places) {

  /** In which partition a shard is. */
  public static final class Places extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int partitions;
    private final HashMap<Integer, int[]> byTask = new HashMap<>();

    /** Places by what each partition has. */
    public Places(List<List<GroupKey>> partitions) {
      this.partitions = partitions.size();
      for (int p = 0; p < partitions.size(); p++) {
        for (GroupKey key : partitions.get(p)) {
          int[] known = byTask.getOrDefault(key.group(), new int[0]);
          int[] longer = Arrays.copyOf(known, Math.max(known.length, key.member() + 1));
          longer[key.member()] = p;
          byTask.put(key.group(), longer);
        }
      }
    }

    /** The tasks of each partition's shards, ascending. */
    public List<List<Integer>> tasksByPartition() {
      List<TreeSet<Integer>> tasks =
          Stream.generate(TreeSet<Integer>::new).limit(partitions).toList();
      byTask.forEach((task, places) -> Arrays.stream(places).forEach(p -> tasks.get(p).add(task)));
      return tasks.stream().map(List::copyOf).toList();
    }

    /** The numbers of the tasks that shards are of. */
    public Set<Integer> tasks() {
      return Collections.unmodifiableSet(byTask.keySet());
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      GroupKey shard = (GroupKey) key;
      return byTask.get(shard.group())[shard.member()];
    }
  }
}
