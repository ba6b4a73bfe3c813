/**
 * Many small Spark jobs as few.
 *
 * <p>A job costs the driver some ten milliseconds however small its data, which adds up with
 * thousands of tasks. {@link io.github.cola4j.spark.concurrent.ConcurrentJobs} does the same for
 * many tasks on several threads, whose jobs are shared; {@link
 * io.github.cola4j.spark.concurrent.Phases} works on many items phase by phase, one job a phase.
 * {@link io.github.cola4j.spark.concurrent.BundledRdd} joins the partitions of many data sets, and
 * its tasks carry the lineage of their own data sets alone. {@link
 * io.github.cola4j.spark.concurrent.Partitions} maps the partitions of an RDD one by one. ADR 0074
 * has the reasons.
 */
package io.github.cola4j.spark.concurrent;
