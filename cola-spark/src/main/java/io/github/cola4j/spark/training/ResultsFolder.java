package io.github.cola4j.spark.training;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.adapter.SharedAdapters;
import java.io.IOException;
import java.util.List;

/**
 * Where executors write the adapters when training has ended, so that none of them comes to the
 * driver.
 *
 * @param adapters the folder
 * @param descriptions of what is written, by task
 */
public record ResultsFolder(SharedAdapters adapters, List<AdapterStore.Description> descriptions) {

  /** An adapter could not be written there. */
  public static final class WriteException extends IOException {
    private static final long serialVersionUID = 1;

    private final IOException reason;

    /** For a reason. */
    public WriteException(IOException reason) {
      super(reason.getMessage(), reason);
      this.reason = reason;
    }

    /** Why it could not. */
    public IOException reason() {
      return reason;
    }
  }
}
