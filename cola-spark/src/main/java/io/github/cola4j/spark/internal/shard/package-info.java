/**
 * What executors do with shards in a round.
 *
 * <p>{@link io.github.cola4j.spark.internal.shard.ShardRounds} trains shards on a core: {@link
 * io.github.cola4j.spark.internal.shard.PlacedShards} of tasks whose states are averaged, or {@link
 * io.github.cola4j.spark.internal.shard.PlacedTasks} with one shard each, several rounds a {@link
 * io.github.cola4j.spark.internal.shard.Leg}. A {@link
 * io.github.cola4j.spark.internal.shard.ShardUpdate} is what a shard sends; {@link
 * io.github.cola4j.spark.internal.shard.ShardReduction} reduces those of a task in their order, by
 * {@link io.github.cola4j.spark.internal.shard.RoundAveraging}, without holding all of them. {@link
 * io.github.cola4j.spark.internal.shard.SharedParts} are what tasks share, in parts. {@link
 * io.github.cola4j.spark.internal.shard.ShardCounters} are the accumulators that Spark's UI shows.
 */
package io.github.cola4j.spark.internal.shard;
