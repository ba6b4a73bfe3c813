package io.github.cola4j.adapter;

import io.github.cola4j.adapter.init.Initializers;

/** What several methods ask of a configuration. */
public final class Requirements {
  private Requirements() {}

  /**
   * Refuses initialisers that start A and B at a product which has to be subtracted again.
   *
   * @throws IllegalArgumentException if the initialiser is another than kaiming
   */
  public static void kaiming(AdapterConfig config) {
    if (!config.init().equals("kaiming")) {
      throw new IllegalArgumentException(
          "method "
              + config.method()
              + " has a start of its own (init kaiming: what it adds is zero), got init "
              + config.init()
              + "; leave init out, or take method cola or pissa");
    }
  }

  /**
   * Refuses initialisers whose product is a part of the weight: lengths of rows are measured
   * without it.
   *
   * @throws IllegalArgumentException if the initialiser is one
   */
  public static void subtracted(AdapterConfig config) {
    if (!Initializers.named(config.init()).subtracts()) {
      throw new IllegalArgumentException(
          "init "
              + config.init()
              + " is for adapters that are products of A and B and nothing else, not for method "
              + config.method()
              + "; take method cola, lora, rslora or lora+");
    }
  }

  /**
   * Refuses dropout.
   *
   * @throws IllegalArgumentException if there is any
   */
  public static void noDropout(AdapterConfig config) {
    if (config.dropout() > 0) {
      throw new IllegalArgumentException(
          "method "
              + config.method()
              + " has no dropout, got dropout "
              + config.dropout()
              + "; leave it out");
    }
  }

  /**
   * Refuses what a method with one fixed start and no A cannot have.
   *
   * @param start what it starts from, for the message
   * @throws IllegalArgumentException if there is dropout, or an initialiser not the method's own
   */
  public static void noInitAndDropout(AdapterConfig config, String start) {
    String given =
        config.dropout() > 0
            ? "dropout " + config.dropout()
            : config.hasOwnInit() ? null : "init " + config.init();
    if (given != null) {
      throw new IllegalArgumentException(
          "method "
              + config.method()
              + " starts from "
              + start
              + " and drops nothing, got "
              + given
              + "; leave it out, or take another method");
    }
  }
}
