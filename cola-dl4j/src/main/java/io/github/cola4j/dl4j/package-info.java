/**
 * Adapters in Deeplearning4j networks: {@link io.github.cola4j.dl4j.ColaDenseLayer}, a dense layer
 * with frozen weights and an adapter, and {@link io.github.cola4j.dl4j.ColaTransfer}, which puts it
 * in the place of a trained network's dense layers. {@link io.github.cola4j.dl4j.StoredNetwork} and
 * {@link io.github.cola4j.dl4j.NetworkClassification} train such a network for many tasks.
 *
 * <p>Deeplearning4j's arrays have an example a row, ours a column: a row-major array [T × in] and a
 * column-major matrix [in × T] are the same memory, so both work on it without a copy.
 *
 * <p>{@link io.github.cola4j.dl4j.NetworkLoader} makes such a file a model that {@link
 * io.github.cola4j.model.loader.ModelLoaders} open wherever this module is on the class path.
 * {@code NetworkArchive} reads the file without Java deserialisation, since the file is not
 * trusted.
 */
package io.github.cola4j.dl4j;
