package io.github.cola4j.spark.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/** One of Hadoop's file systems, whose every failure is an IOException. Shared; never closed. */
public final class HadoopFiles {
  private final FileSystem files;

  private HadoopFiles(FileSystem files) {
    this.files = files;
  }

  /** The file system of a path, with the settings of this JVM. */
  public static HadoopFiles of(Path path) {
    return of(StorageSettings.hadoop(), path);
  }

  /**
   * The file system of a path.
   *
   * @throws IllegalArgumentException if there is none of its scheme, or it cannot be reached
   */
  public static HadoopFiles of(Configuration configuration, Path path) {
    try {
      FileSystem files = path.getFileSystem(configuration);
      // Hadoop's local file system would put files with checksums beside ours
      return new HadoopFiles(
          files instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : files);
    } catch (IOException | RuntimeException e) {
      throw unreachable(path, e);
    }
  }

  /** What is thrown where a path's file system cannot be had: why, and what to do. */
  public static IllegalArgumentException unreachable(Path path, Exception failure) {
    return new IllegalArgumentException(
        path + " cannot be reached: " + Schemes.reason(path, failure), failure);
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

  /** A path with scheme and host, also where these are the default's. */
  public Path qualified(Path path) {
    return files.makeQualified(path);
  }

  /** Whether a folder is renamed in one step, which a reader sees done or not at all. */
  public boolean renamesAtOnce() {
    return Schemes.renamesAtOnce(files.getUri().getScheme());
  }

  /** Whether a file is seen when it is complete, and not while it is written. */
  public boolean showsCompleteFiles() {
    return Schemes.showsCompleteFiles(files.getUri().getScheme());
  }

  public boolean exists(Path path) throws IOException {
    return files.exists(path);
  }

  public boolean isFile(Path path) throws IOException {
    FileStatus status = status(path);
    return status != null && status.isFile();
  }

  public boolean isFolder(Path path) throws IOException {
    FileStatus status = status(path);
    return status != null && status.isDirectory();
  }

  private FileStatus status(Path path) throws IOException {
    try {
      return files.getFileStatus(path);
    } catch (FileNotFoundException e) {
      return null;
    }
  }

  /** What a folder has; nothing where it is not there. */
  public List<FileStatus> list(Path folder) throws IOException {
    try {
      return List.of(files.listStatus(folder));
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  /** Every file below a folder; nothing where it is not there. */
  public List<FileStatus> walk(Path folder) throws IOException {
    List<FileStatus> all = new ArrayList<>();
    for (FileStatus status : list(folder)) {
      if (status.isDirectory()) {
        all.addAll(walk(status.getPath()));
      } else {
        all.add(status);
      }
    }
    return all;
  }

  public long length(Path file) throws IOException {
    return files.getFileStatus(file).getLen();
  }

  public void makeFolder(Path folder) throws IOException {
    if (!files.mkdirs(folder)) {
      throw new IOException("cannot make the folder " + folder);
    }
  }

  public InputStream open(Path file) throws IOException {
    return files.open(file);
  }

  /** Makes an empty file, which all others see when this returns. */
  public void makeFile(Path file) throws IOException {
    checked(
        () -> {
          files.create(file, false).close();
          return null;
        });
  }

  /** Copies a local file and checks the length of what is there then. */
  public void upload(java.nio.file.Path from, Path to) throws IOException {
    upload(from, to, false);
  }

  /** As {@link #upload}, to a file that may be there. */
  public void replace(java.nio.file.Path from, Path to) throws IOException {
    upload(from, to, true);
  }

  private void upload(java.nio.file.Path from, Path to, boolean replaces) throws IOException {
    checked(
        () -> {
          try (FSDataOutputStream out = files.create(to, replaces)) {
            copy(from, out);
          }
          return null;
        });
    long expected = java.nio.file.Files.size(from);
    if (length(to) != expected) {
      throw new IOException(
          String.format("%s: expected %d bytes, it has %d", to, expected, length(to)));
    }
  }

  /** An object store makes an object of what was written until its stream is closed. */
  private static void copy(java.nio.file.Path from, FSDataOutputStream out) throws IOException {
    try {
      java.nio.file.Files.copy(from, out);
    } catch (IOException e) {
      if (out.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
        out.abort();
      }
      throw e;
    }
  }

  /** To a folder that is there, Hadoop would move another one into it. */
  public void requireFree(Path path) throws IOException {
    if (files.exists(path)) {
      throw new IOException(path + " has come up meanwhile; is another program writing it?");
    }
  }

  /** Renames a file or folder to a name that is free. */
  public void rename(Path from, Path to) throws IOException {
    requireFree(to);
    if (!files.rename(from, to)) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
  }

  /** Deletes a file or folder with all it has, if it is there. */
  public void delete(Path path) throws IOException {
    if (!files.delete(path, true) && files.exists(path)) {
      throw new IOException("cannot delete " + path);
    }
  }

  /** Deletes a folder that has nothing in it, if it is there. */
  public void deleteEmpty(Path folder) throws IOException {
    if (!files.delete(folder, false) && files.exists(folder)) {
      throw new IOException("cannot delete " + folder);
    }
  }

  /** Deletes what a failure left, whose reason says more than another failure here. */
  public void deleteQuietly(Path path) {
    try {
      files.delete(path, true);
    } catch (IOException e) {
      // the name tells that it is nothing to be used
    }
  }
}
