/**
 * Trained adapters on rows: predictions, answers and their evaluation, on executors.
 *
 * <p>{@link io.github.cola4j.spark.inference.AdapterRunner} uses one classifier, {@link
 * io.github.cola4j.spark.inference.MultiTaskRunner} those of several tasks, {@link
 * io.github.cola4j.spark.inference.LanguageModelRunner} language models. All of them are lazy and
 * must be closed when their results have been computed. {@code RowPredictor} adds columns to rows
 * by a {@code RowModel}; {@link io.github.cola4j.spark.inference.PredictionColumns} and {@link
 * io.github.cola4j.spark.inference.OutputColumn} name the columns. {@code LabelledLines} and {@link
 * io.github.cola4j.spark.inference.AnsweredLines} give lines of JSON in the order of the rows.
 * Results depend on rows and adapters and not on partitions: neighbouring rows, which follow from
 * their numbers, are computed together.
 */
package io.github.cola4j.spark.inference;
