package io.github.cola4j.spark.internal.round;

import java.io.Serializable;

/** What a shard sends after a round, and the time it took. */
record ShardResult(ShardUpdate update, ShardTimes times) implements Serializable {}
