package io.github.cola4j.spark.claim;

/** Another run writes, or may write, to the same place; the message says what to do. */
public final class ClaimedException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  ClaimedException(String message) {
    super(message);
  }
}
