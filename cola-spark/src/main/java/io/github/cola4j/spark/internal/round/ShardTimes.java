package io.github.cola4j.spark.internal.round;

import java.io.Serializable;

/**
 * Seconds that executors spent on shards of one task in a round.
 *
 * @param train of all shards together
 * @param slowest of one shard at most
 * @param fetch of all shards until they had their task's state
 */
record ShardTimes(double train, double slowest, double fetch) implements Serializable {
  static final ShardTimes NONE = new ShardTimes(0, 0, 0);

  /** Of one shard, from readings of {@link System#nanoTime}. */
  static ShardTimes of(long start, long fetched, long end) {
    return of(start, fetched, end, 1);
  }

  /** Of one of several shards that were trained together, with its share of their time. */
  static ShardTimes of(long start, long fetched, long end, double share) {
    double train = share * (end - fetched) / 1e9;
    return new ShardTimes(train, train, share * (fetched - start) / 1e9);
  }

  ShardTimes plus(ShardTimes other) {
    return new ShardTimes(
        train + other.train, Math.max(slowest, other.slowest), fetch + other.fetch);
  }
}
