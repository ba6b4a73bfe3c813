/**
 * Adapters in Deeplearning4j networks: {@link io.github.cola4j.dl4j.ColaDenseLayer}, a dense layer
 * with frozen weights and an adapter, and {@link io.github.cola4j.dl4j.ColaTransfer}, which puts it
 * in the place of a trained network's dense layers. {@link io.github.cola4j.dl4j.StoredNetwork} and
 * {@link io.github.cola4j.dl4j.NetworkClassification} train such a network for many tasks.
 *
 * <p>Deeplearning4j's arrays have an example a row, ours a column: a row-major array [T × in] and a
 * column-major matrix [in × T] are the same memory, so both work on it without a copy.
 *
 * <p>The package needs {@code org.deeplearning4j:deeplearning4j-nn}, which this module declares as
 * optional: a project that uses the package declares it.
 */
package io.github.cola4j.dl4j;
