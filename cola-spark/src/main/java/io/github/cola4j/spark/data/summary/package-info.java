/**
 * What tasks are trained on: numbers of examples and classes, lengths, and what is wrong.
 *
 * <p>{@link io.github.cola4j.spark.data.summary.DataTally} counts samples on executors, and tallies
 * add up. {@link io.github.cola4j.spark.data.summary.TaskSummary} has a {@link
 * io.github.cola4j.spark.data.summary.DataSetSummary} for each data set of a task, with {@link
 * io.github.cola4j.spark.data.summary.TokenLengths}; it is known before the first round. {@link
 * io.github.cola4j.spark.data.summary.SummaryText} writes summaries for a reader.
 */
package io.github.cola4j.spark.data.summary;
