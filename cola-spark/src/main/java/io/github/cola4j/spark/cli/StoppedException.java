package io.github.cola4j.spark.cli;

/** Thrown where a signal has ended a run. */
final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  /**
   * With what to do now.
   *
   * @param exitCode 128 and the signal's number
   */
  StoppedException(String message, int exitCode, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
