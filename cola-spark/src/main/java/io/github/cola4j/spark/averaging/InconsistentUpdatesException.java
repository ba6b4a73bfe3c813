package io.github.cola4j.spark.averaging;

/** Thrown where shards' updates do not fit together; averaging never goes on over that. */
public final class InconsistentUpdatesException extends RuntimeException {
  private static final long serialVersionUID = 1;

  InconsistentUpdatesException(String message) {
    super(message);
  }
}
