/** Where {@code cola predict} puts what it predicts: a file, a folder of Parquet, or a table. */
package io.github.cola4j.spark.cli.output;
