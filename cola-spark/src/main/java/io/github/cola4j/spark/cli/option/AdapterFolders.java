package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The adapters that a folder is or holds. */
public final class AdapterFolders {
  private AdapterFolders() {}

  /**
   * Finds them.
   *
   * @return the folder itself, or its folders with adapters, sorted; at least one
   * @throws IllegalArgumentException if there is no adapter
   */
  public static List<Path> in(Path folder) throws IOException {
    if (!AdapterStore.isAdapter(folder) && Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.list(folder)) {
        List<Path> adapters = entries.filter(AdapterStore::isAdapter).sorted().toList();
        if (!adapters.isEmpty()) {
          return adapters;
        }
      }
    }
    AdapterStore.describe(folder);
    return List.of(folder);
  }
}
