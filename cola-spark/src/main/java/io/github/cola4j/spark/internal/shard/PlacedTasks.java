package io.github.cola4j.spark.internal.shard;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/**
 * Tasks with one shard each.
 *
 * @param units of the tasks
 * @param byPartition the tasks' numbers, in the order of the units of each partition
 */
public record PlacedTasks(JavaRDD<TaskUnit> units, List<List<Integer>> byPartition) {}
