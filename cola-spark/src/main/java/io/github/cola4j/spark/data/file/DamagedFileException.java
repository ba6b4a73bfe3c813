package io.github.cola4j.spark.data.file;

import java.io.IOException;

/**
 * A file whose bytes are not what its name promises: reading it again gives the same. Its message
 * begins with the file and says what to do.
 */
public final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1;

  public DamagedFileException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The damage that a parser has wrapped in an exception of its own, or null. */
  public static DamagedFileException in(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof DamagedFileException damage) {
        return damage;
      }
    }
    return null;
  }
}
