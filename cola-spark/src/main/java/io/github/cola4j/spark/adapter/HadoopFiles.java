package io.github.cola4j.spark.adapter;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** One of Hadoop's file systems, whose every failure is an IOException. Shared; never closed. */
final class HadoopFiles {
  private final FileSystem files;

  private HadoopFiles(FileSystem files) {
    this.files = files;
  }

  static HadoopFiles of(Configuration configuration, Path path) {
    try {
      FileSystem files = path.getFileSystem(configuration);
      // Hadoop's local file system would put files with checksums beside ours
      return new HadoopFiles(
          files instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : files);
    } catch (IOException e) {
      throw new IllegalArgumentException(path + " cannot be reached: " + e.getMessage(), e);
    }
  }

  private interface Action<T> {
    T run() throws IOException;
  }

  /** Hadoop has errors for a full disk. */
  private static <T> T checked(Action<T> action) throws IOException {
    try {
      return action.run();
    } catch (FSError e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  boolean exists(Path path) throws IOException {
    return files.exists(path);
  }

  /** What a folder has; nothing where it is not there. */
  List<FileStatus> list(Path folder) throws IOException {
    return files.exists(folder) ? List.of(files.listStatus(folder)) : List.of();
  }

  long length(Path file) throws IOException {
    return files.getFileStatus(file).getLen();
  }

  void makeFolder(Path folder) throws IOException {
    if (!files.mkdirs(folder)) {
      throw new IOException("cannot make the folder " + folder);
    }
  }

  InputStream open(Path file) throws IOException {
    return files.open(file);
  }

  /** Copies a local file and checks the length of what is there then. */
  void upload(java.nio.file.Path from, Path to) throws IOException {
    checked(
        () -> {
          try (OutputStream out = files.create(to, false)) {
            java.nio.file.Files.copy(from, out);
          }
          return null;
        });
    long expected = java.nio.file.Files.size(from);
    if (length(to) != expected) {
      throw new IOException(
          String.format("%s: expected %d bytes, it has %d", to, expected, length(to)));
    }
  }

  /** To a folder that is there, Hadoop would move another one into it. */
  void requireFree(Path path) throws IOException {
    if (files.exists(path)) {
      throw new IOException(path + " has come up meanwhile; is another program writing it?");
    }
  }

  /** Renames a file or folder to a name that is free. */
  void rename(Path from, Path to) throws IOException {
    requireFree(to);
    if (!files.rename(from, to)) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
  }

  /** Deletes what a failure left, whose reason says more than another failure here. */
  void deleteQuietly(Path path) {
    try {
      files.delete(path, true);
    } catch (IOException e) {
      // the name tells that it is nothing to be used
    }
  }
}
