/**
 * What runs on executors, called from closures of Spark.
 *
 * <p>{@link io.github.cola4j.spark.internal.executor.ShardTrainer} trains and evaluates shards:
 * pure functions of their arguments, with the frozen model from {@link
 * io.github.cola4j.spark.model.BaseModelCache}. {@link
 * io.github.cola4j.spark.internal.executor.StoredAdapter} is an adapter as executors use it. {@link
 * io.github.cola4j.spark.internal.executor.RowGroup} are neighbouring rows that are computed
 * together, whatever the partitions.
 */
package io.github.cola4j.spark.internal.executor;
