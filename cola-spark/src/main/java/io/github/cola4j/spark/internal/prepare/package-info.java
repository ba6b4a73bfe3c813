/**
 * From examples to shards, before the first round.
 *
 * <p>{@link io.github.cola4j.spark.internal.prepare.TaskPreparation} prepares many tasks phase by
 * phase, so that they share Spark jobs. {@code ExampleSurvey} learns in one pass what must be known
 * of a task's examples; {@code HeldOut} and {@code Strata} set validation examples aside, class by
 * class; {@code Dealing} permutes the others by a seed. {@link
 * io.github.cola4j.spark.internal.prepare.TaskSharder} tokenises them and gives a shard a
 * partition. The result is {@link io.github.cola4j.spark.internal.prepare.ShardedTasks}, persisted
 * until closed. Which example is in which shard follows from data and seed alone.
 */
package io.github.cola4j.spark.internal.prepare;
