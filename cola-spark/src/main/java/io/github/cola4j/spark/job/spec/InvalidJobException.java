package io.github.cola4j.spark.job.spec;

/** Thrown where a job file or a command's options cannot be meant so; the message says why. */
public final class InvalidJobException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** With what was expected, what came and what to do. */
  public InvalidJobException(String message, Throwable cause) {
    super(message, cause);
  }
}
