package io.github.cola4j.spark.checkpoint;

import io.github.cola4j.io.Sha256;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Counts and hashes what goes through. */
final class HashingStream extends FilterOutputStream {
  private final MessageDigest digest = Sha256.digest();
  private long bytes;

  /** What a file has. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file, in the place of one that is there. */
  static Manifest.Entry write(FileSystem files, Path path, Content content) throws IOException {
    try (HashingStream out = new HashingStream(files.create(path, true))) {
      content.writeTo(out);
      out.close();
      return out.entry();
    }
  }

  /**
   * Copies a file.
   *
   * @param target closed at the end
   * @throws IOException if the file is not as expected
   */
  static void copy(FileSystem files, Path path, Manifest.Entry expected, OutputStream target)
      throws IOException {
    try (HashingStream out = new HashingStream(target);
        var in = files.open(path)) {
      in.transferTo(out);
      out.close();
      Manifest.Entry entry = out.entry();
      if (!entry.equals(expected)) {
        throw new IOException(
            String.format("%s: expected %s, got %s", path.getName(), expected, entry));
      }
    }
  }

  HashingStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] data, int from, int length) throws IOException {
    out.write(data, from, length);
    digest.update(data, from, length);
    bytes += length;
  }

  /** What went through; call it once, at the end. */
  Manifest.Entry entry() {
    return new Manifest.Entry(bytes, Sha256.of(digest));
  }
}
