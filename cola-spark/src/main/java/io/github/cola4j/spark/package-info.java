/**
 * Training of many tasks on one frozen model, on Spark. A round is a pure job: (states of round k,
 * shards, seed) → states of round k + 1. A lost executor's shards are computed again with the same
 * result, to the bit; nothing an executor keeps decides a result.
 *
 * <p>{@link io.github.cola4j.spark.MultiTaskTrainer} is the entry: it trains the tasks that {@link
 * io.github.cola4j.spark.training.TaskTable} or {@link io.github.cola4j.spark.training.TaskData}
 * describe and gives a {@link io.github.cola4j.spark.training.TrainedTask} for each. {@link
 * io.github.cola4j.spark.PreparedTasks} are tasks that are dealt out and tokenised once for several
 * trainers. {@code TaskEvaluation} evaluates what was trained.
 *
 * <p>The packages below: {@code data} reads rows, {@code training} and {@code averaging} have what
 * a program configures and gets, {@code internal} computes, {@code inference} and {@code adapter}
 * use the result, {@code ml} offers all of it as stages of Spark ML, {@code job} and {@code cli} as
 * job files and commands.
 */
package io.github.cola4j.spark;
