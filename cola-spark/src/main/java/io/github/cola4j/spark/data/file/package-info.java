/**
 * Files of data: where they are, how they are compressed, in which order they are read.
 *
 * <p>{@code DataPath} is what a user writes: a file, a folder, or a glob. It becomes {@link
 * io.github.cola4j.spark.data.file.DataFile}s in the order of their paths, and {@link
 * io.github.cola4j.spark.data.file.FileGroups} of small neighbours that one Spark task reads.
 * {@code Compression} and {@link io.github.cola4j.spark.data.file.FirstBytes} compare a file's
 * ending with its content. {@link io.github.cola4j.spark.data.file.FolderColumns} are the values in
 * the names of partitioned folders. {@link io.github.cola4j.spark.data.file.DamagedFileException}
 * and {@link io.github.cola4j.spark.data.file.NoSuchDataException} name the file and what to do.
 */
package io.github.cola4j.spark.data.file;
