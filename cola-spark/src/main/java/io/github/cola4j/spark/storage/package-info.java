/**
 * Places on any of Hadoop's file systems, beside the driver's disk.
 *
 * <p>{@link io.github.cola4j.spark.storage.Locations} decides where a path that a user gives is; a
 * scheme is never taken for a local folder. {@link io.github.cola4j.spark.storage.HadoopFiles} is
 * one file system, whose every failure is an {@code IOException} that names the path. {@link
 * io.github.cola4j.spark.storage.SubmittedFiles} finds what {@code --files} of spark-submit
 * brought. {@link io.github.cola4j.spark.storage.StorageSettings} are the settings of a JVM where
 * no Spark session runs.
 */
package io.github.cola4j.spark.storage;
