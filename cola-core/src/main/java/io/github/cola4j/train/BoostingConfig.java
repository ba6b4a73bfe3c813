package io.github.cola4j.train;

import io.github.cola4j.adapter.AdapterConfig;
import java.io.Serializable;
import java.util.List;

/**
 * Gradient boosting of low-rank adaptations (XGBLoRA, arXiv 2410.19694): one after the other,
 * pieces of rank 1 on some layers are trained and then stay as they are.
 *
 * @param steps κ, the optimiser steps of a piece
 * @param layers L_s, how many layers a piece changes, drawn for each separately; 0 takes all
 */
public record BoostingConfig(Integer steps, Integer layers) implements Serializable {
  private static final List<String> METHODS = List.of("lora", "rslora", "lora+");

  /** Fills in defaults and checks every value. */
  public BoostingConfig {
    steps = steps == null ? 8 : steps;
    layers = layers == null ? 0 : layers;
    if (steps < 1 || layers < 0) {
      throw new IllegalArgumentException(
          "boosting needs steps of at least 1 and layers of at least 0, got "
              + steps
              + " and "
              + layers);
    }
  }

  /**
   * Refuses an adapter that is not a sum of pieces of rank 1 that start at zero.
   *
   * @throws IllegalArgumentException saying which adapters are
   */
  public void requireFit(AdapterConfig adapter) {
    if (!METHODS.contains(adapter.method()) || !adapter.init().equals("kaiming")) {
      throw new IllegalArgumentException(
          "training.boosting trains pieces of rank 1 that start at zero: adapter.method must be one"
              + " of "
              + String.join(", ", METHODS)
              + " with init kaiming, got "
              + adapter.method()
              + " with "
              + adapter.init());
    }
    if (adapter.tokenMerging() != null && adapter.tokenMerging().modulation()) {
      throw new IllegalArgumentException(
          "training.boosting trains columns of A and B alone: expected no"
              + " adapter.tokenMerging.modulation; leave one of the two out");
    }
    if (adapter.residual() > 0) {
      throw new IllegalArgumentException(
          "training.boosting trains pieces of rank 1 and keeps nothing beside them: expected"
              + " adapter.residual 0, got "
              + adapter.residual()
              + "; leave one of the two out");
    }
  }
}
