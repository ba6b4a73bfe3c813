/**
 * Candidates that are trained side by side, of which ever fewer stay: successive halving (arXiv
 * 1502.07943).
 *
 * <p>{@link io.github.cola4j.spark.ml.sweep.Sweep} trains the candidates on the same shards of one
 * frozen model, each a {@code Candidate} on a thread of its own. {@link
 * io.github.cola4j.spark.ml.sweep.Rungs} defines after how many epochs the best ⌊n / η⌋ of n stay.
 * {@code Halving} is where the threads meet at the end of a rung. A {@link
 * io.github.cola4j.spark.ml.sweep.Standing} is a candidate's score there.
 */
package io.github.cola4j.spark.ml.sweep;
