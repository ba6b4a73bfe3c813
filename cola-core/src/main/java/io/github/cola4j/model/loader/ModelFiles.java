package io.github.cola4j.model.loader;

import io.github.cola4j.model.FrozenModel;

/** The files of a model: what it is can be told before it takes memory. */
public interface ModelFiles extends AutoCloseable {

  /** {@link FrozenModel#fingerprint} of what {@link #load} loads. */
  String fingerprint();

  /**
   * Loads the model; it stays when the files are closed.
   *
   * @throws IllegalArgumentException if the files are damaged or make no model
   */
  FrozenModel load();

  @Override
  void close();
}
