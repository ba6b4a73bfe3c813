/**
 * The keys of a job file, as records that check themselves.
 *
 * <p>{@link io.github.cola4j.spark.job.spec.Job} is the file, {@link
 * io.github.cola4j.spark.job.spec.TaskSpec} one of its tasks; the other records are nested keys,
 * and each has its defaults. {@link io.github.cola4j.spark.job.spec.JobFile} reads and writes them.
 * {@link io.github.cola4j.spark.job.spec.YamlFile} reads YAML strictly: an unknown key is an error
 * that names the nearest valid one. What cannot be meant is an {@link
 * io.github.cola4j.spark.job.spec.InvalidJobException}.
 */
package io.github.cola4j.spark.job.spec;
