/** Adapters on any of Hadoop's file systems. */
package io.github.cola4j.spark.adapter;
