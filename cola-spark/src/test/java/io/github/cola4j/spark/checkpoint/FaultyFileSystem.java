package io.github.cola4j.spark.checkpoint;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk under the scheme {@code faulty}. It is full after {@code faulty.bytes} bytes; and
 * half way in the file whose path ends with {@code faulty.hang}, or at the rename of such a folder,
 * it makes the file {@code faulty.marker} and waits to be killed.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
  private long written;

  @Override
  public URI getUri() {
    return URI.create("faulty:///");
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    OutputStream out = super.create(file, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(new Faulty(out, file), null);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    hangAt(from);
    return super.rename(from, to);
  }

  private boolean hangsAt(Path path) {
    String hang = getConf().get("faulty.hang", "");
    return !hang.isEmpty() && path.toString().endsWith(hang);
  }

  private void hangAt(Path path) throws IOException {
    if (hangsAt(path)) {
      Files.createFile(java.nio.file.Path.of(getConf().get("faulty.marker")));
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private final class Faulty extends FilterOutputStream {
    private final Path file;

    Faulty(OutputStream out, Path file) {
      super(out);
      this.file = file;
    }

    @Override
    public void write(byte[] data, int from, int length) throws IOException {
      if (hangsAt(file)) {
        out.write(data, from, length / 2);
        out.flush();
        hangAt(file);
      }
      written += length;
      if (written > getConf().getLong("faulty.bytes", Long.MAX_VALUE)) {
        out.write(data, from, length / 2);
        throw new IOException("No space left on device");
      }
      out.write(data, from, length);
    }
  }
}
