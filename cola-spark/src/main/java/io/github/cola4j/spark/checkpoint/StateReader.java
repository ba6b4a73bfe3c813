package io.github.cola4j.spark.checkpoint;

import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.spark.training.StoredVectors;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/** Reads a task's file of a checkpoint, on the machine that is to have its state. */
final class StateReader implements StoredVectors {
  private static final long serialVersionUID = 1;

  private final transient FileSystem files; // null on executors, which open their own
  private final SerializableConfiguration settings;
  private final String folder;
  private final String name;
  private final Manifest.Entry expected;
  private final boolean local;

  /**
   * A reader.
   *
   * @param settings of {@code files}
   * @param expected what the file must be
   */
  StateReader(
      FileSystem files,
      SerializableConfiguration settings,
      Path folder,
      String name,
      Manifest.Entry expected) {
    this.files = files;
    this.settings = settings;
    this.folder = folder.toString();
    this.name = name;
    this.expected = expected;
    this.local = files instanceof LocalFileSystem;
  }

  @Override
  public boolean onDriversDisk() {
    return local;
  }

  /** Reads the file and throws it away: whether it is what it must be. */
  void check() throws IOException {
    copy(OutputStream.nullOutputStream());
  }

  private void copy(OutputStream target) throws IOException {
    HashingStream.copy(files(), new Path(folder, name), expected, target);
  }

  private FileSystem files() throws IOException {
    if (files != null) {
      return files;
    }
    Configuration configuration = settings.value();
    FileSystem opened = new Path(folder).getFileSystem(configuration);
    // a checkpoint has checksums of its own
    return opened instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : opened;
  }

  @Override
  public Map<String, float[]> get() {
    try {
      java.nio.file.Path copy = Files.createTempFile("cola-checkpoint", null);
      try {
        copy(Files.newOutputStream(copy));
        Map<String, float[]> vectors = new TreeMap<>();
        try (Safetensors tensors = Safetensors.open(copy)) {
          for (String tensor : tensors.names()) {
            vectors.put(tensor, tensors.read(tensor, tensors.shape(tensor)));
          }
        }
        return vectors;
      } finally {
        Files.deleteIfExists(copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the checkpoint " + folder, e);
    }
  }
}
