package io.github.cola4j.io;

import java.nio.file.Path;

/**
 * Brings a model's folder from another place to this machine. Fetchers are found by {@link
 * java.util.ServiceLoader}; one has a public constructor without arguments.
 */
public interface FolderFetcher {

  /** Whether a location is one of its own. */
  boolean accepts(String location);

  /**
   * Brings a folder that it accepts here, if it is not here already.
   *
   * @return a local folder with the same files, which stays
   * @throws IllegalArgumentException if there is no such folder, or it cannot be read
   */
  Path fetch(String location);
}
