/**
 * Labelled rows from files: JSON lines, JSON arrays, CSV, TSV and Parquet become examples, on the
 * executors; rows that cannot become one are set aside with their file, line and reason.
 */
package io.github.cola4j.spark.data;
