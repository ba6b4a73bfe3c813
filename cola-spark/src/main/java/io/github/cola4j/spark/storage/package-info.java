/** Places on any of Hadoop's file systems, beside the driver's disk. */
package io.github.cola4j.spark.storage;
