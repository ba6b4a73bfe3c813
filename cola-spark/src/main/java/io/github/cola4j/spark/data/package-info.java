/**
 * Rows from files and tables: JSON lines, JSON arrays, CSV, TSV, Parquet and Spark tables become
 * labelled texts, dialogues or multiple-choice questions, on the executors; rows that cannot become
 * one are set aside with their file, line and reason.
 */
package io.github.cola4j.spark.data;
