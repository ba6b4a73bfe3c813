/**
 * Adapters as this project stores them: {@code adapter.json} beside {@code adapter.safetensors} in
 * a folder.
 *
 * <p>{@link io.github.cola4j.io.adapter.AdapterStore} saves and loads a {@link
 * io.github.cola4j.io.adapter.TrainedAdapter}: what it is, the layout of its parameters, the
 * parameters and their initial values. {@link io.github.cola4j.io.adapter.Provenance} records what
 * it was trained with. {@link io.github.cola4j.io.adapter.AdapterMoments} are Adam's moments, in a
 * file of their own. {@link io.github.cola4j.io.adapter.AdapterBank} holds several adapters of one
 * model by name, of which at most one is active.
 */
package io.github.cola4j.io.adapter;
