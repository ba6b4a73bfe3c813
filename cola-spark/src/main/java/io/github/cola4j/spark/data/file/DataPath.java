package io.github.cola4j.spark.data.file;

import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files that a data path names: a file; a folder's own files and those of its partitions, the
 * folders {@code column=value} in it; or what a glob finds of both.
 */
final class DataPath {
  private static final int SHOWN = 5;

  private final String task;
  private final FileSystem fileSystem;
  private final Consumer<String> notices;
  private final Set<Path> plain = new HashSet<>();
  private final List<FileStatus> files = new ArrayList<>();

  private DataPath(String task, FileSystem fileSystem, Consumer<String> notices) {
    this.task = task;
    this.fileSystem = fileSystem;
    this.notices = notices;
  }

  /**
   * The files a path names.
   *
   * @param notices is told of folders that are not read
   * @throws IllegalArgumentException if it names nothing, or a table
   */
  static List<FileStatus> files(
      String task, String path, Configuration conf, Consumer<String> notices) throws IOException {
    Path parsed = parse(task, path);
    FileSystem fileSystem;
    try {
      fileSystem = parsed.getFileSystem(conf);
    } catch (IOException | RuntimeException e) {
      throw new NoSuchDataException(
          String.format(
              "task '%s': no such file: %s",
              task, HadoopFiles.unreachable(parsed, e).getMessage()));
    }
    DataPath named = new DataPath(task, fileSystem, notices);
    if (fileSystem.exists(parsed)) {
      named.add(fileSystem.getFileStatus(parsed), false);
    } else {
      for (FileStatus status : named.glob(parsed)) {
        named.add(status, true);
      }
    }
    return named.files;
  }

  private static Path parse(String task, String path) {
    try {
      return new Path(path);
    } catch (IllegalArgumentException e) {
      throw new NoSuchDataException(
          String.format(
              "task '%s': no such file: %s; what stands before its first colon is taken for a file"
                  + " system: write ./%s for a file of this name",
              task, path, path));
    }
  }

  private FileStatus[] glob(Path path) throws IOException {
    FileStatus[] found;
    try {
      found = fileSystem.globStatus(path);
    } catch (IllegalArgumentException e) { // of the name of a file that it looked at
      throw new IllegalArgumentException(
          String.format(
              "task '%s': the glob %s meets a name with a colon, which Hadoop cannot match (%s);"
                  + " name the folder, or the file itself, or rename it",
              task, DataFile.name(path.toString()), e.getMessage()),
          e);
    }
    if (found == null || found.length == 0) {
      throw new NoSuchDataException("task '" + task + "': no such file: " + path);
    }
    return found;
  }

  private void add(FileStatus status, boolean globbed) throws IOException {
    if (globbed) {
      refuseTable(status.getPath().getParent());
    }
    if (status.isFile()) {
      files.add(status);
      return;
    }
    int before = files.size();
    List<String> skipped = walk(status.getPath());
    if (files.size() == before && !(globbed && isHidden(status.getPath()))) {
      throw new NoSuchDataException(
          String.format(
              "task '%s': no file in folder %s%s",
              task,
              status.getPath(),
              skipped.isEmpty() ? "" : "; it has the folders " + shown(skipped) + ": name those"));
    }
  }

  /** Adds a folder's files and those of its partitions; returns its other folders. */
  private List<String> walk(Path folder) throws IOException {
    refuseTable(folder);
    List<String> skipped = new ArrayList<>();
    for (FileStatus child : fileSystem.listStatus(folder)) {
      String name = child.getPath().getName();
      if (child.isDirectory() && FolderColumns.isOne(name)) {
        walk(child.getPath());
      } else if (!isHidden(child.getPath())) {
        if (child.isFile()) {
          files.add(child);
        } else {
          skipped.add(name);
        }
      }
    }
    if (!skipped.isEmpty()) {
      String name = DataFile.name(folder.toString());
      notices.accept(
          String.format(
              "task '%s': %d folder%s not read in %s: %s; to read their files too, name %s/*",
              task,
              skipped.size(),
              skipped.size() == 1 ? " is" : "s are",
              name,
              shown(skipped),
              name));
    }
    return skipped;
  }

  private static boolean isHidden(Path path) {
    return path.getName().startsWith("_") || path.getName().startsWith(".");
  }

  /** Asks once for each folder. */
  private void refuseTable(Path folder) throws IOException {
    if (folder != null && plain.add(folder)) {
      TableFolder.refuse(task, fileSystem, folder);
    }
  }

  private static String shown(List<String> names) {
    List<String> sorted = names.stream().sorted().toList();
    return sorted.size() <= SHOWN
        ? String.join(", ", sorted)
        : String.join(", ", sorted.subList(0, SHOWN)) + ", …";
  }
}
