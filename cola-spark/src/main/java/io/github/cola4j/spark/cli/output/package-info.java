/**
 * Where {@code cola predict} puts what it predicts: a file, a folder of Parquet, or a table.
 *
 * <p>{@link io.github.cola4j.spark.cli.output.PredictionOutput} is the interface: predictions are
 * there completely or not at all. {@link io.github.cola4j.spark.cli.output.FileOutput} writes JSON
 * lines or CSV on the driver; {@link io.github.cola4j.spark.cli.output.ParquetOutput} and {@link
 * io.github.cola4j.spark.cli.output.TableOutput} are written by executors. Each also has a place
 * for bad rows.
 */
package io.github.cola4j.spark.cli.output;
