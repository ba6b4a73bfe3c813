package io.github.cola4j.spark.internal.state;

import java.io.Serializable;

/**
 * Seconds that executors spent on shards of one task in a round.
 *
 * @param train of all shards together
 * @param slowest of one shard at most
 * @param fetch of all shards until they had their task's state
 * @param validate of the task's validation, where it is in the same Spark task
 */
public record ShardTimes(double train, double slowest, double fetch, double validate)
    implements Serializable {
  public static final ShardTimes NONE = new ShardTimes(0, 0, 0, 0);

  /** Of one shard. */
  public static ShardTimes ofShard(double train, double fetch) {
    return new ShardTimes(train, train, fetch, 0);
  }

  /** Of a validation. */
  public static ShardTimes ofValidation(double seconds) {
    return new ShardTimes(0, 0, 0, seconds);
  }

  public ShardTimes plus(ShardTimes other) {
    return new ShardTimes(
        train + other.train,
        Math.max(slowest, other.slowest),
        fetch + other.fetch,
        validate + other.validate);
  }
}
