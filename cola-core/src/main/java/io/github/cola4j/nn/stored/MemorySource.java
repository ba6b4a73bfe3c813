package io.github.cola4j.nn.stored;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the memory of a {@link StoredMatrix} belongs to. */
public interface MemorySource {
  /** The JVM's own memory outside its heap. */
  MemorySource HOST =
      new MemorySource() {
        @Override
        public String place() {
          return "host memory";
        }

        @Override
        public void requireIntact() {
          // memory of one's own stays
        }
      };

  /** Where it lies, for reports. */
  String place();

  /**
   * Looks whether the memory can still be read. Native code that touches a page which its file lost
   * ends the JVM, so products look first.
   *
   * @throws IllegalStateException if it cannot
   */
  void requireIntact();

  /** A file that is mapped as a whole, of at least {@code size} bytes. */
  static MemorySource file(Path path, long size) {
    return new MappedFile(path, size);
  }

  /** Looks at the file's length every {@value #INTERVAL} ns at most. */
  final class MappedFile implements MemorySource {
    private static final long INTERVAL = 50_000_000;

    private final Path path;
    private final long size;
    private volatile long looked = System.nanoTime();

    private MappedFile(Path path, long size) {
      this.path = path;
      this.size = size;
    }

    @Override
    public String place() {
      return "a mapped file";
    }

    @Override
    public void requireIntact() {
      long now = System.nanoTime();
      if (now - looked < INTERVAL) {
        return;
      }
      long present;
      try {
        present = Files.size(path);
      } catch (IOException e) {
        return; // deleted or moved: the mapping keeps its pages
      }
      if (present < size) {
        throw new IllegalStateException(
            path
                + ": expected the "
                + size
                + " bytes that were there when the model was loaded, the file has "
                + present
                + " now; weights are read from it all the time, so put the file back and start"
                + " again, and replace such files by renaming new ones");
      }
      looked = now; // not before: a file that failed is looked at again
    }
  }
}
