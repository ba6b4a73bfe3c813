/** Stored states of training on any of Hadoop's file systems, to go on from. */
package io.github.cola4j.spark.checkpoint;
