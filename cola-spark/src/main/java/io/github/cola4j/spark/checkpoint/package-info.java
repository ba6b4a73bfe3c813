/**
 * Stored states of training on any of Hadoop's file systems, to resume from.
 *
 * <p>{@link io.github.cola4j.spark.checkpoint.CheckpointStore} writes and finds checkpoints, a
 * folder for each stored round. {@code StateWriter} writes a task's file on the machine that has
 * its state, {@code HashingStream} counts and hashes it, and {@code Manifest}, the last file, lists
 * all of them with their SHA-256. A checkpoint without a valid manifest does not count.
 */
package io.github.cola4j.spark.checkpoint;
