/**
 * Job files: YAML in, adapters and results out. The reference is docs/reference/job-file.
 *
 * <p>{@link io.github.cola4j.spark.job.JobRunner} runs a {@link
 * io.github.cola4j.spark.job.spec.Job} from its files to its output folder and gives a {@link
 * io.github.cola4j.spark.job.JobResult}. {@code JobData} opens the data sets, {@code ModelKind}
 * refuses keys that the kind of model cannot use, {@code StartAdapters} loads what tasks start
 * from. {@code JobCheckpoints} finds and writes checkpoints; {@code JobIdentity} is what decides a
 * job's result, so that only the same job resumes. A {@link io.github.cola4j.spark.job.JobListener}
 * is notified of each round and task. {@code spec} has the keys of the file, {@code output} the
 * places that a job writes.
 */
package io.github.cola4j.spark.job;
