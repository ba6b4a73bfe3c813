package io.github.cola4j.spark;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.train.TaskState;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * One task's state on its way to executors.
 *
 * @param moments a broadcast for each shard, so that an executor fetches only those it trains; not
 *     of shards that have none of their own yet
 */
record SentState(Broadcast<TaskState> state, Map<Integer, Broadcast<ShardMoments>> moments) {

  static SentState of(JavaSparkContext spark, TaskProgress task) {
    Map<Integer, Broadcast<ShardMoments>> moments = new TreeMap<>();
    task.averaging.moments().forEach((shard, kept) -> moments.put(shard, spark.broadcast(kept)));
    return new SentState(spark.broadcast(task.state), moments);
  }

  void destroy() {
    state.destroy();
    moments.values().forEach(Broadcast::destroy);
  }
}
