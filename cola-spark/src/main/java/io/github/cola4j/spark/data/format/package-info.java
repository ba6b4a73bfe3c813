/**
 * CSV, JSON, Parquet and tables as rows.
 *
 * <p>A {@link io.github.cola4j.spark.data.format.RowFormat} reads files of some endings, one open
 * file after the other or by a reader of Spark's; {@link
 * io.github.cola4j.spark.data.format.RowFormats} finds them by {@link java.util.ServiceLoader}.
 * {@link io.github.cola4j.spark.data.format.SeparatedFormat}, {@link
 * io.github.cola4j.spark.data.format.JsonFormat} and {@link
 * io.github.cola4j.spark.data.format.ParquetFormat} are the built-in ones. Every parser is bounded:
 * {@code LineReader} and {@code BoundedReader} limit what one value may take in memory. {@link
 * io.github.cola4j.spark.data.format.ColumnCheck} finds columns that a job names and a file does
 * not have.
 */
package io.github.cola4j.spark.data.format;
