/**
 * What the estimators of {@code ml} share: rows that become tasks, checkpoints, rounds.
 *
 * <p>{@link io.github.cola4j.spark.ml.fit.FitRows} turns a DataFrame into a {@link
 * io.github.cola4j.spark.ml.fit.FitTable} of tasks, with classes by {@link
 * io.github.cola4j.spark.ml.fit.LabelColumn}. {@link io.github.cola4j.spark.ml.fit.AdapterFit}
 * trains their adapters and gives a {@link io.github.cola4j.spark.ml.fit.FitResult}. {@code
 * FitCheckpoints} are found by what decides a fit's result, so that a repeated fit resumes; {@code
 * FitRounds} are the metrics of all its rounds.
 */
package io.github.cola4j.spark.ml.fit;
