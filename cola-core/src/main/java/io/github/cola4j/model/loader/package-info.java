/**
 * How a location becomes a frozen model: loaders that jars offer, each for one form of storage.
 *
 * <p>{@link io.github.cola4j.model.loader.ModelLoaders} asks each {@link
 * io.github.cola4j.model.loader.ModelLoader} on the class path whether it accepts a location and
 * takes the first. The loader gives {@link io.github.cola4j.model.loader.ModelFiles}, which can
 * define what the model is before it takes memory. {@link
 * io.github.cola4j.model.loader.HuggingFaceLoader} is the loader of this module; {@code cola-dl4j}
 * has another one.
 */
package io.github.cola4j.model.loader;
