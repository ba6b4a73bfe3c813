package io.github.cola4j.spark.data.file;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** The first bytes of a file, by which formats are known. */
public record FirstBytes(byte[] bytes) {
  private static final int LENGTH = 64;
  private static final int SHOWN = 12;
  private static final String GIT_LFS = "version https://git-lfs";

  /** What no text begins with. */
  public enum Kind {
    GZIP("compressed by gzip", "give it the ending .gz", "1f8b08"),
    BZIP2("compressed by bzip2", "give it the ending .bz2", "425a68"),
    ZSTD("compressed by Zstandard", "give it the ending .zst", "28b52ffd"),
    XZ("compressed by xz", "unpack it, or compress it by gzip, bzip2 or zstd", "fd377a585a00"),
    ZIP("a zip archive", "unpack it", "504b0304"),
    PARQUET("a Parquet file", "give it the ending .parquet", "50415231");

    private final String title;
    private final String remedy;
    private final byte[] magic;

    Kind(String title, String remedy, String magic) {
      this.title = title;
      this.remedy = remedy;
      this.magic = HexFormat.of().parseHex(magic);
    }

    /** What to do with such a file that is named as a text. */
    String remedy() {
      return remedy;
    }

    @Override
    public String toString() {
      return title;
    }
  }

  /** Looks at what a stream begins with, and leaves it there. */
  public static FirstBytes of(BufferedInputStream in) throws IOException {
    in.mark(LENGTH);
    byte[] bytes = in.readNBytes(LENGTH);
    in.reset();
    return new FirstBytes(bytes);
  }

  /** What the file is, or null where nothing says so. */
  public Kind kind() {
    for (Kind kind : Kind.values()) {
      boolean found = startsWith(kind.magic);
      // a text may begin with "BZh"; bzip2 has the digit of its level and π behind it
      if (found && (kind != Kind.BZIP2 || isBzip2())) {
        return kind;
      }
    }
    // frames to be skipped, which parallel compressors put first
    boolean skippable =
        bytes.length >= 4 && (bytes[0] & 0xF0) == 0x50 && startsWith(1, new byte[] {42, 77, 24});
    return skippable ? Kind.ZSTD : null;
  }

  private boolean isBzip2() {
    return startsWith(4, HexFormat.of().parseHex("314159265359"))
        || startsWith(4, HexFormat.of().parseHex("177245385090"));
  }

  private boolean startsWith(byte[] magic) {
    return startsWith(0, magic);
  }

  private boolean startsWith(int from, byte[] magic) {
    return bytes.length >= from + magic.length
        && Arrays.equals(bytes, from, from + magic.length, magic, 0, magic.length);
  }

  /** Refuses the few lines that git keeps where git-lfs has not brought the data. */
  public void requireNoPointer(String name) throws DamagedFileException {
    if (startsWith(GIT_LFS.getBytes(StandardCharsets.US_ASCII))) {
      throw new DamagedFileException(
          name + " is a git-lfs pointer and not the data; run 'git lfs pull' there", null);
    }
  }

  /** The first few as text, where they are. */
  @Override
  public String toString() {
    byte[] few = Arrays.copyOf(bytes, Math.min(bytes.length, SHOWN));
    boolean printable = true;
    for (byte b : few) {
      printable &= b >= ' ' && b < 127;
    }
    return printable
        ? "'" + new String(few, StandardCharsets.US_ASCII) + "'"
        : HexFormat.ofDelimiter(" ").formatHex(few);
  }
}
