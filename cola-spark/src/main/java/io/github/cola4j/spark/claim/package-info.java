/** One writer for each output and each folder of checkpoints, on any file system. */
package io.github.cola4j.spark.claim;
