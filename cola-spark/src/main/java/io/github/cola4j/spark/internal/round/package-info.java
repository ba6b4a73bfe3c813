/**
 * Rounds: shards trained, states averaged, validation, and what is reported of it.
 *
 * <p>{@link io.github.cola4j.spark.internal.round.RoundLoop} has the rounds of one training from
 * top to bottom. States stay with the executors ({@code HeldStates}); the driver gets counts and
 * scores and decides. {@code TaskRounds} trains some of the tasks: {@code StayingRounds} those with
 * one shard each that share nothing, {@code AveragedRounds} all others. {@code SharedMeans}
 * averages what tasks share. {@code RoundWatch} names Spark's jobs, splits the time of a round by
 * {@code RoundClock}, and notifies listeners and Spark's metrics system.
 */
package io.github.cola4j.spark.internal.round;
