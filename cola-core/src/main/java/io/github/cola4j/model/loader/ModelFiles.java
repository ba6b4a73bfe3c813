package io.github.cola4j.model.loader;

import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.nn.stored.WeightOptions;

/** The files of a model: what it is can be told before it takes memory. */
public interface ModelFiles extends AutoCloseable {

  /** {@link FrozenModel#fingerprint} of what {@link #load} loads, whatever the options. */
  String fingerprint();

  /**
   * Loads the model; it stays when the files are closed.
   *
   * @param options how its weights are kept and multiplied
   * @throws IllegalArgumentException if the files are damaged or make no model, or it is a kind of
   *     model that has no such option
   */
  FrozenModel load(WeightOptions options);

  @Override
  void close();
}
