package io.github.cola4j.spark.data.file;

import java.util.ArrayList;
import java.util.List;

/**
 * Files that one Spark task reads: one, or neighbours that are small, since a Spark task costs as
 * much as some hundred rows. Which these are follows from their order and lengths, not from the
 * cluster.
 */
public final class FileGroups {
  static final int MOST_FILES = 64;
  static final long MOST_BYTES = 4 << 20;

  private FileGroups() {}

  /** All files, in their order. */
  public static List<List<DataFile>> of(List<DataFile> files) {
    List<List<DataFile>> groups = new ArrayList<>();
    List<DataFile> group = List.of();
    long bytes = 0;
    for (DataFile file : files) {
      if (group.isEmpty() || group.size() == MOST_FILES || bytes + file.length() > MOST_BYTES) {
        group = new ArrayList<>();
        groups.add(group);
        bytes = 0;
      }
      group.add(file);
      bytes += file.length();
    }
    return groups;
  }
}
