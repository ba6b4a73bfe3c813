package io.github.cola4j.spark.adapter;

import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A temporary local folder with the files of an adapter; closing deletes it. */
final class LocalCopy implements AutoCloseable {
  private final org.apache.hadoop.fs.Path of;
  private final Path folder;

  LocalCopy(org.apache.hadoop.fs.Path of) throws IOException {
    this.of = of;
    this.folder = Files.createTempDirectory("cola-adapter");
  }

  Path folder() {
    return folder;
  }

  /** Copies a file that may have so many bytes. */
  void copy(HadoopFiles files, String name, long most) throws IOException {
    org.apache.hadoop.fs.Path from = new org.apache.hadoop.fs.Path(of, name);
    if (!files.exists(from)) {
      throw new IllegalArgumentException(of + " has no " + name + "; save the adapter again");
    }
    long bytes = files.length(from);
    if (bytes > most) {
      throw new IllegalArgumentException(
          String.format(
              "%s has %,d bytes, expected %,d at most for what %s says; save the adapter again",
              from, bytes, most, "its description and model"));
    }
    try (InputStream in = files.open(from)) {
      Files.copy(in, folder.resolve(name));
    }
  }

  /** A message that names the folder that this is a copy of. */
  String named(String message) {
    return String.valueOf(message).replace(folder.toString(), of.toString());
  }

  @Override
  public void close() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(folder);
  }
}
