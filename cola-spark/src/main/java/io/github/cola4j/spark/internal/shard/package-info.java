/** What executors do with shards in a round. */
package io.github.cola4j.spark.internal.shard;
