package io.github.cola4j.train;

/** Thrown where training has left the numbers: another learning rate or other data may help. */
public final class DivergedException extends ArithmeticException {
  private static final long serialVersionUID = 1;

  /** With what is not finite, where, and what to do. */
  public DivergedException(String message) {
    super(message);
  }
}
