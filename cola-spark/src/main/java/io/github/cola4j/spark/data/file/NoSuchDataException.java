package io.github.cola4j.spark.data.file;

/** A data path that names nothing. */
public final class NoSuchDataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public NoSuchDataException(String message) {
    super(message);
  }
}
