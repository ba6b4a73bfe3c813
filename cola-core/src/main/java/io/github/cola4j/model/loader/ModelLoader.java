package io.github.cola4j.model.loader;

/**
 * Loads models that are stored in one form. Loaders are found by {@link java.util.ServiceLoader};
 * {@link ModelLoaders} takes the first that accepts a location, those of cola-core before others. A
 * loader has a public constructor without arguments.
 */
public interface ModelLoader {

  /** What it loads, for messages: {@code a folder as Hugging Face publishes it}. */
  String loads();

  /** Whether a location is one of its own; it may look at a file's first bytes, not further. */
  boolean accepts(String location);

  /**
   * Opens a model that it accepts; close it when it is loaded.
   *
   * @throws IllegalArgumentException if files are missing or invalid
   */
  ModelFiles open(String location);
}
