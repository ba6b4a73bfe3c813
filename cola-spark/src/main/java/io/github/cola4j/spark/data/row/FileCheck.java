package io.github.cola4j.spark.data.row;

import java.io.Serializable;

/**
 * What a look at a file before it is read has found.
 *
 * @param problem a mistake in the job, or null
 * @param notice what its user should know, or null
 */
public record FileCheck(String problem, String notice) implements Serializable {
  /** Whether there is nothing to tell. */
  public boolean isSilent() {
    return problem == null && notice == null;
  }
}
