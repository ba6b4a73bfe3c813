package io.github.cola4j.io;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes files that are there completely or not at all: under a name of its own beside the file,
 * flushed to the disk, then renamed. Permissions are those of any new file. A link is followed to
 * the file that it names; a device or pipe is written to directly.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** What a file gets. */
  public interface Content {
    /** Writes it. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /** What a file of text gets. */
  public interface Text {
    /** Writes it; it is encoded as UTF-8, and a line ends with {@code \n} everywhere. */
    void writeTo(Writer writer) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @throws IOException if it cannot be written; what was there stays as it was
   */
  public static void write(Path file, Content content) throws IOException {
    write(file, file.toAbsolutePath().getParent(), content);
  }

  /**
   * Writes a file that is made in another folder, so that whoever owns that folder tidies up what a
   * killed process leaves.
   *
   * @param scratch a folder of the same file system
   */
  public static void write(Path file, Path scratch, Content content) throws IOException {
    if (isSpecial(file)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
      }
      return;
    }
    Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file.toAbsolutePath();
    Path folder = Files.isSymbolicLink(file) ? target.getParent() : scratch;
    Path aside = folder.resolve(".cola-" + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      move(aside, target);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /**
   * Writes a file of text.
   *
   * @throws IOException if it cannot be written, also where the text is no Unicode
   */
  public static void writeText(Path file, Text text) throws IOException {
    write(file, encoded(file, text));
  }

  /** As {@link #writeText(Path, Text)}, made in another folder. */
  public static void writeText(Path file, Path scratch, Text text) throws IOException {
    write(file, scratch, encoded(file, text));
  }

  /** Writes a file that has a string. */
  public static void writeString(Path file, String string) throws IOException {
    writeText(file, writer -> writer.write(string));
  }

  /** Copies a file's content, without its permissions. */
  public static void copy(Path from, Path to) throws IOException {
    write(to, channel -> Files.copy(from, Channels.newOutputStream(channel)));
  }

  /**
   * Renames a file or folder within a file system, in one step.
   *
   * @param to a file of this name is replaced, a folder if it is empty
   * @throws IOException if it cannot be renamed; both are then as they were
   */
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Whether a path is a device, a pipe or another thing that cannot be replaced. */
  public static boolean isSpecial(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    // /dev/stdout may be a link to a file, which must not be replaced either
    return Files.exists(file)
        && !Files.isDirectory(file)
        && (!Files.isRegularFile(file)
            || absolute.startsWith("/dev/fd")
            || absolute.startsWith("/dev/stdout")
            || absolute.startsWith("/dev/stderr")
            || absolute.startsWith("/proc"));
  }

  private static Content encoded(Path file, Text text) {
    return channel -> {
      try (Writer writer =
          new BufferedWriter(
              new OutputStreamWriter(new Kept(channel), StandardCharsets.UTF_8.newEncoder()))) {
        text.writeTo(writer);
      } catch (CharacterCodingException e) {
        throw new IOException(
            file
                + ": its text has half of a surrogate pair (such as \\ud800), which is no"
                + " character; remove it from names, labels and texts",
            e);
      }
    };
  }

  /**
   * A channel's stream that leaves the channel open; a writer checks its last character at close.
   */
  private static final class Kept extends OutputStream {
    private final OutputStream out;

    Kept(FileChannel channel) {
      this.out = Channels.newOutputStream(channel);
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }
  }
}
