/**
 * Rows from files and tables: JSON lines, JSON arrays, CSV, TSV, Parquet and Spark tables become
 * labelled texts, images, dialogues or multiple-choice questions, on the executors; rows that
 * cannot become one are set aside with their file, line and reason.
 *
 * <p>{@link io.github.cola4j.spark.data.ExampleReader}, {@link
 * io.github.cola4j.spark.data.DialogueReader} and {@link
 * io.github.cola4j.spark.data.MultipleChoiceReader} are the entries for files, {@link
 * io.github.cola4j.spark.data.TaskReader} for a table of many tasks; {@link
 * io.github.cola4j.spark.data.RowReader} does the reading for all of them. {@link
 * io.github.cola4j.spark.data.Columns} names the columns. The result is {@link
 * io.github.cola4j.spark.data.ExampleRows}, persisted until closed. {@code file} finds files,
 * {@code format} splits them into rows, {@code row} decides which rows are examples, {@code
 * language} has the rules of language models, {@code summary} counts.
 */
package io.github.cola4j.spark.data;
