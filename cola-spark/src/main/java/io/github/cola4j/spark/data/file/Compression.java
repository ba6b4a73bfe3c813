package io.github.cola4j.spark.data.file;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * How a text file is compressed: its ending says so, and its first bytes must agree. Zstandard is
 * unpacked by zstd-jni, which Spark brings, as Hadoop's codec needs a native Hadoop.
 */
enum Compression {
  NONE("", ""),
  GZIP(".gz", "gzip"),
  BZIP2(".bz2", "bzip2"),
  ZSTD(".zst", "Zstandard");

  private final String ending;
  private final String title;

  Compression(String ending, String title) {
    this.ending = ending;
    this.title = title;
  }

  /** What the ending of a name says. */
  static Compression of(String path) {
    String name = path.toLowerCase(Locale.ROOT);
    return Stream.of(GZIP, BZIP2, ZSTD)
        .filter(compression -> name.endsWith(compression.ending))
        .findFirst()
        .orElse(NONE);
  }

  /** A path without the ending. */
  String strip(String path) {
    return path.substring(0, path.length() - ending.length());
  }

  /**
   * Opens a file, unpacked.
   *
   * @throws DamagedFileException if it is not what its ending says; reads throw it too, where the
   *     file ends early or cannot be unpacked
   */
  static InputStream open(String path, Configuration conf) throws IOException {
    Path file = new Path(path);
    Compression compression = of(path);
    String name = DataFile.name(path);
    Source source;
    try {
      source = new Source(file, file.getFileSystem(conf).open(file));
    } catch (IllegalArgumentException e) { // of the name of the checksum's file
      throw new DamagedFileException(
          name + " has a colon in its name, which its file system cannot open; rename it", e);
    }
    try {
      BufferedInputStream packed = new BufferedInputStream(source);
      FirstBytes first = FirstBytes.of(packed);
      first.requireNoPointer(name);
      compression.require(first, name);
      return compression == NONE ? packed : compression.unpacked(packed, name, conf, source);
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private void require(FirstBytes first, String name) throws DamagedFileException {
    FirstBytes.Kind kind = first.kind();
    boolean fits =
        switch (this) {
          case NONE -> kind == null;
          case GZIP -> kind == FirstBytes.Kind.GZIP;
          case BZIP2 -> kind == FirstBytes.Kind.BZIP2;
          case ZSTD -> kind == FirstBytes.Kind.ZSTD;
        };
    if (fits) {
      return;
    }
    throw new DamagedFileException(
        this == NONE
            ? String.format("%s is no text but %s; %s", name, kind, kind.remedy())
            : String.format(
                "%s ends in %s but is not %s: %s",
                name,
                ending,
                title,
                kind == null
                    ? "it begins with "
                        + first
                        + "; if it is unpacked already, take the ending away, else copy it again"
                    : "it is " + kind + "; rename it"),
        null);
  }

  /** A codec may read the first block at once. */
  private InputStream unpacked(InputStream packed, String name, Configuration conf, Source source)
      throws IOException {
    InputStream in;
    try {
      in = unpack(packed, name, conf);
    } catch (DamagedFileException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damage(name, source, e);
    }
    return new Unpacked(name, in, source);
  }

  /** What has failed: the file system, or the codec by what it was given. */
  private static IOException damage(String name, Source source, Exception e) {
    if (source.failure != null) {
      return source.failure;
    }
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    boolean early =
        e instanceof EOFException
            || reason.toLowerCase(Locale.ROOT).matches(".*(truncated|unexpected end).*");
    return new DamagedFileException(
        early
            ? name + " ends early, in the middle of its compressed data; copy it again"
            : name + " is damaged and cannot be unpacked (" + reason + "); copy it again",
        e);
  }

  private InputStream unpack(InputStream packed, String name, Configuration conf)
      throws IOException {
    if (this == ZSTD) {
      return new ZstdInputStreamNoFinalizer(packed);
    }
    // by the ending in lower case, which is all that Hadoop looks at
    CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(new Path("file" + ending));
    if (codec == null) {
      throw new DamagedFileException(
          String.format(
              "%s cannot be unpacked: Hadoop has no codec for %s; set io.compression.codecs, or"
                  + " unpack the file",
              name, ending),
          null);
    }
    return codec.createInputStream(packed);
  }

  /** The bytes of the file system; remembers when these could not be read. */
  private static final class Source extends FilterInputStream {
    private final Path file;
    private IOException failure;

    Source(Path file, InputStream in) {
      super(in);
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return in.read(bytes, offset, length);
      } catch (ChecksumException e) {
        failure =
            new DamagedFileException(
                String.format(
                    "%s differs from its checksum in .%s.crc beside it; copy it again, or delete"
                        + " the .crc file if the file was edited",
                    DataFile.name(file.toString()), file.getName()),
                e);
        throw failure;
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }

  /** The unpacked bytes; what the codec complains of is a damage of the file. */
  private static final class Unpacked extends FilterInputStream {
    private final String name;
    private final Source source;

    Unpacked(String name, InputStream in, Source source) {
      super(in);
      this.name = name;
      this.source = source;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return in.read(bytes, offset, length);
      } catch (IOException | RuntimeException e) { // bzip2's indexes may go astray
        throw damage(name, source, e);
      }
    }
  }
}
