package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The adapters that a folder is or holds. */
final class AdapterFolders {
  private AdapterFolders() {}

  /**
   * Finds them.
   *
   * @param named how the user named the folder
   * @param task of which one is wanted; null for all
   * @return the folder itself, or its folders with adapters, sorted; at least one
   * @throws IllegalArgumentException if there is no adapter
   * @throws InvalidJobException if there is none of the task
   */
  static List<Path> in(Path folder, String named, String task) throws IOException {
    List<Path> all = all(folder);
    if (task == null) {
      return all;
    }
    List<String> tasks = tasks(all);
    int place = tasks.indexOf(task);
    if (place < 0) {
      throw new InvalidJobException(
          String.format(
              "--task: %s has no adapter of a task '%s'; it has %s",
              named, task, String.join(", ", tasks)),
          null);
    }
    return List.of(all.get(place));
  }

  /** The names of adapters' tasks. */
  static List<String> tasks(List<Path> folders) {
    return folders.stream().map(each -> AdapterStore.describe(each).task()).toList();
  }

  private static List<Path> all(Path folder) throws IOException {
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
