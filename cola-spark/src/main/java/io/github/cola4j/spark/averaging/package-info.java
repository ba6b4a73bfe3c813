/**
 * Averaging of trained states: pure functions, sums in double, in the order they are given.
 *
 * <p>Letters: x_k the state of shard k, n_k its number of examples, p_k = n_k / Σ n; C_k G_k the
 * product of a module's factors as {@link io.github.cola4j.spark.averaging.PairedFactors} has it.
 * An {@link io.github.cola4j.spark.averaging.AveragingRule} defines what becomes of the states of
 * one task's shards; {@link io.github.cola4j.spark.averaging.AveragingRules} has them by name,
 * {@link io.github.cola4j.spark.averaging.AveragingConfig} is what a user configures. {@link
 * io.github.cola4j.spark.averaging.FedAvg} is the weighted mean that most rules begin with. {@link
 * io.github.cola4j.spark.averaging.OuterOptimizer} treats a round's change as a gradient (DiLoCo,
 * arXiv 2311.08105). {@link io.github.cola4j.spark.averaging.Scope} defines what tasks share, and
 * {@link io.github.cola4j.spark.averaging.Moments} what becomes of Adam's moments. Updates that do
 * not fit together end in an {@link io.github.cola4j.spark.averaging.InconsistentUpdatesException}.
 */
package io.github.cola4j.spark.averaging;
