/**
 * How far tasks are, and what is held of them from round to round.
 *
 * <p>{@link io.github.cola4j.spark.internal.state.HeldState} is what executors keep of a task, all
 * that its next round needs beside the data; {@link
 * io.github.cola4j.spark.internal.state.TaskProgress} is the small part that the driver decides by.
 * {@link io.github.cola4j.spark.internal.state.TaskPlan} is fixed before the first round. {@link
 * io.github.cola4j.spark.internal.state.EarlyStopping} judges validations. {@link
 * io.github.cola4j.spark.internal.state.StateForm} defines whether equal factors are carried once.
 * {@link io.github.cola4j.spark.internal.state.TemperatureSampling} weighs tasks of different sizes
 * by p_t ∝ n_t^{1/τ}. {@link io.github.cola4j.spark.internal.state.RoundCounts} is what there is to
 * count of a round, with {@link io.github.cola4j.spark.internal.state.ShardTimes} and {@link
 * io.github.cola4j.spark.internal.state.GpuUse}.
 */
package io.github.cola4j.spark.internal.state;
