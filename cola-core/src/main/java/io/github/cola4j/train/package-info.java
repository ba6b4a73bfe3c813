/**
 * The training loop of one shard, and what it needs: optimiser, schedules, metrics. It knows no
 * Spark.
 *
 * <p>Start with {@link io.github.cola4j.train.LocalTrainer}: a pure function of a {@link
 * io.github.cola4j.train.TaskState}, a {@link io.github.cola4j.train.Shard} and {@link
 * io.github.cola4j.train.LocalSteps}. {@link io.github.cola4j.train.JointTrainer} trains several
 * shards in one batch, with the same result. An {@link io.github.cola4j.train.Objective} defines
 * what is learnt: {@link io.github.cola4j.train.Classification} here, those of decoders in {@link
 * io.github.cola4j.train.language}. {@code AdamW} is the optimiser, {@code Boosting} an alternative
 * schedule of what it trains. {@link io.github.cola4j.train.TrainingConfig} nests {@link
 * io.github.cola4j.train.OptimizerConfig}, {@link io.github.cola4j.train.ScheduleConfig} and {@link
 * io.github.cola4j.train.BoostingConfig}. {@link io.github.cola4j.train.Evaluation} counts, and
 * evaluations add up.
 */
package io.github.cola4j.train;
