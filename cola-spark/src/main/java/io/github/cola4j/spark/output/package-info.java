/**
 * Predictions as lines of JSON on executors, and the files and tables that are made of them.
 *
 * <p>{@link io.github.cola4j.spark.output.OutputLines} computes a line for each row, all partitions
 * at the same time, in the order of the rows; {@link io.github.cola4j.spark.output.InputJson}
 * writes one. {@link io.github.cola4j.spark.output.CsvLines} makes comma-separated values of them
 * and {@link io.github.cola4j.spark.output.LinesTable} a table with types. {@link
 * io.github.cola4j.spark.output.OutputFormat} is chosen by the output's ending unless it is named.
 */
package io.github.cola4j.spark.output;
