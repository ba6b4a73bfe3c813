/**
 * Adapters on any of Hadoop's file systems.
 *
 * <p>{@link io.github.cola4j.spark.adapter.AdapterFolder} is a place for one adapter: save,
 * replace, load, list. Its files are those of {@link io.github.cola4j.io.adapter.AdapterStore}.
 * {@code AdapterUpload} writes them aside first and renames them, the description last, so that an
 * adapter is complete or absent. {@code LocalCopy} is a temporary folder of this machine with the
 * files of one.
 */
package io.github.cola4j.spark.adapter;
