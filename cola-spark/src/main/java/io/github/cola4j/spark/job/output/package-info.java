/**
 * The output of a job or command, and what must not be there.
 *
 * <p>{@link io.github.cola4j.spark.job.output.Output} is a folder and {@link
 * io.github.cola4j.spark.job.output.OutputFile} a file that one run at a time writes and that
 * readers see completely or not at all. {@link io.github.cola4j.spark.job.output.OutputFolder} and
 * {@code LocalFile} are on the driver's disk, {@code RemoteFolder} and {@code RemoteFile} on
 * Hadoop's file systems, where {@code FolderUpload} puts results in place. {@link
 * io.github.cola4j.spark.job.output.OutputPath} refuses places where no result can appear, and
 * {@link io.github.cola4j.spark.job.output.Inputs} an output among the inputs. {@link
 * io.github.cola4j.spark.job.output.WriteFailure} explains why something could not be written.
 */
package io.github.cola4j.spark.job.output;
