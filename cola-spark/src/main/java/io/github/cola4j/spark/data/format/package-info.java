/** CSV, JSON and Parquet as rows. */
package io.github.cola4j.spark.data.format;
