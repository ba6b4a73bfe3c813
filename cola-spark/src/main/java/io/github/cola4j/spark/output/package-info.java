/** Predictions as lines of JSON on executors, and the files and tables that are made of them. */
package io.github.cola4j.spark.output;
