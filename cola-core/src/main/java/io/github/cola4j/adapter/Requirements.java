package io.github.cola4j.adapter;

/** What several methods ask of a configuration. */
final class Requirements {
  private Requirements() {}

  /**
   * Refuses initialisers that start A and B at a product which has to be subtracted again.
   *
   * @throws IllegalArgumentException if the initialiser is another than kaiming
   */
  static void kaiming(AdapterConfig config) {
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
   * Refuses dropout.
   *
   * @throws IllegalArgumentException if there is any
   */
  static void noDropout(AdapterConfig config) {
    if (config.dropout() > 0) {
      throw new IllegalArgumentException(
          "method "
              + config.method()
              + " has no dropout, got dropout "
              + config.dropout()
              + "; leave it out");
    }
  }
}
