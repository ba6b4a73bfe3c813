package io.github.cola4j.spark.adapter;

import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Puts an adapter's files into a folder: aside first, then renamed, the description last.
 *
 * @param folder where the adapter is to be
 */
record AdapterUpload(HadoopFiles files, Path folder) {
  private static final String OLD = ".old-";
  private static final String UNNAMED = "." + AdapterStore.DESCRIPTION + ".tmp";
  private static final Set<String> REMAINS =
      Set.of(AdapterStore.TENSORS, AdapterMoments.FILE, UNNAMED);

  /** Whether nothing is there but what a killed upload has left. */
  boolean hasRemainsAlone() throws IOException {
    return files.list(folder).stream()
        .allMatch(status -> REMAINS.contains(status.getPath().getName()));
  }

  /**
   * Uploads the files and deletes the adapter that was there, which stays if this fails.
   *
   * @param from a local folder with an adapter and nothing else
   */
  void publish(java.nio.file.Path from) throws IOException {
    Path aside = sibling(".tmp-");
    Path old = null;
    boolean placed = false;
    try {
      files.makeFolder(aside);
      for (java.nio.file.Path file : files(from)) {
        String name = file.getFileName().toString();
        files.upload(file, new Path(aside, isDescription(file) ? UNNAMED : name));
      }
      if (files.exists(folder)) {
        Path before = sibling(OLD);
        files.rename(folder, before);
        old = before;
      }
      files.requireFree(folder);
      placed = true; // in part, where a folder is renamed file by file
      files.rename(aside, folder);
      files.rename(new Path(folder, UNNAMED), new Path(folder, AdapterStore.DESCRIPTION));
    } catch (IOException e) {
      files.deleteQuietly(aside);
      if (placed) {
        files.deleteQuietly(folder);
      }
      if (old != null) {
        restore(old, e);
      }
      throw e;
    }
    if (old != null) {
      files.deleteQuietly(old);
    }
  }

  private void restore(Path old, IOException because) {
    try {
      files.rename(old, folder);
    } catch (IOException e) {
      because.addSuppressed(new IOException("the adapter that was there is now " + old, e));
    }
  }

  /** For a message: whether a killed upload has left the adapter that it was replacing. */
  String whereTheOldOneIs() throws IOException {
    return files.list(folder.getParent()).stream()
        .map(FileStatus::getPath)
        .filter(path -> path.getName().startsWith("." + folder.getName() + OLD))
        .findFirst()
        .map(path -> "; the one before is " + path + ", rename it to use it")
        .orElse("");
  }

  private Path sibling(String what) {
    return new Path(folder.getParent(), "." + folder.getName() + what + UUID.randomUUID());
  }

  private static List<java.nio.file.Path> files(java.nio.file.Path folder) throws IOException {
    try (Stream<java.nio.file.Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static boolean isDescription(java.nio.file.Path file) {
    return file.endsWith(AdapterStore.DESCRIPTION);
  }
}
