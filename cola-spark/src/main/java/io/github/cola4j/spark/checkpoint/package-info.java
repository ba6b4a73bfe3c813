/** Stored states of training on any of Hadoop's file systems, to resume from. */
package io.github.cola4j.spark.checkpoint;
