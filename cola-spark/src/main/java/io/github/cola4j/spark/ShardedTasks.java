package io.github.cola4j.spark;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** The tasks' shards, persisted until closed. */
record ShardedTasks(
    List<TaskProgress> all, JavaRDD<TaskShard> training, JavaRDD<TaskShard> validation)
    implements AutoCloseable {

  /** Computes the shards and counts the examples that lost tokens. */
  void countTruncated() {
    for (JavaRDD<TaskShard> shards : List.of(training, validation)) {
      shards
          .map(shard -> new int[] {shard.task(), shard.truncated()})
          .collect()
          .forEach(shard -> all.get(shard[0]).truncated += shard[1]);
    }
  }

  @Override
  public void close() {
    training.unpersist(true);
    validation.unpersist(true);
  }
}
