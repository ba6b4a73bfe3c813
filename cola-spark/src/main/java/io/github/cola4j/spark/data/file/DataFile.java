package io.github.cola4j.spark.data.file;

import io.github.cola4j.spark.data.row.Surrogates;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Serializable;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.commons.io.ByteOrderMark;
import org.apache.commons.io.input.BOMInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A file of rows.
 *
 * @param path where it is, as Hadoop writes it
 * @param ending what its name ends in, as {@code csv}, without that of a compression; it says how
 *     the file is read
 * @param encoding the charset of its text; null detects it
 * @param length bytes, compressed or not
 */
public record DataFile(String path, String ending, String encoding, long length)
    implements Serializable {
  /**
   * Stands for malformed bytes: half a surrogate pair, which no encoding has by itself, where
   * Java's own U+FFFD might stand in the file. See {@link Surrogates#hasMalformed}.
   */
  public static final char MALFORMED = '\uDFFF';

  /** The strict encoding: nothing is guessed. */
  public static final String UTF_8 = "UTF-8";

  /** Endings of files that are packed in another way than {@link Compression} knows. */
  private static final Set<String> PACKED =
      Set.of("xz", "lzma", "lz4", "sz", "snappy", "br", "z", "zip", "7z", "rar", "tar", "tgz");

  /**
   * The files that paths name, sorted by path; files without content are left out.
   *
   * @param paths files, folders or globs
   * @param encoding a charset's name, or null to detect it
   * @param notices is told of folders that are not read
   * @param check refuses files of an unknown ending
   * @throws IllegalArgumentException if a path names nothing or a table, or there is no such
   *     charset
   */
  public static List<DataFile> list(
      String task,
      List<String> paths,
      String encoding,
      Configuration conf,
      Consumer<String> notices,
      Consumer<DataFile> check)
      throws IOException {
    if (encoding != null && !isCharset(encoding)) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': there is no encoding '%s'; expected UTF-8, windows-1252 or another"
                  + " charset",
              task, encoding));
    }
    TreeMap<String, DataFile> files = new TreeMap<>();
    for (String path : paths) {
      for (FileStatus status : DataPath.files(task, path, conf, notices)) {
        if (status.getLen() > 0) {
          String found = status.getPath().toString();
          DataFile file = new DataFile(found, ending(task, found), encoding, status.getLen());
          check.accept(file);
          files.put(found, file);
        }
      }
    }
    return new ArrayList<>(files.values());
  }

  /** The path as its user would write it: without {@code file:} where it is a local one. */
  public String name() {
    return name(path);
  }

  public static String name(String path) {
    Path parsed = new Path(path);
    return "file".equals(parsed.toUri().getScheme()) ? parsed.toUri().getPath() : path;
  }

  private static boolean isCharset(String name) {
    try {
      return Charset.isSupported(name);
    } catch (IllegalCharsetNameException e) {
      return false;
    }
  }

  /**
   * Opens the file, decompressed by its ending, after its byte-order mark. Bytes that are none of
   * the encoding read as {@link #MALFORMED}, so that one costs its row and not the file. Without an
   * encoding a byte-order mark says which it is; else it is UTF-8, and bytes that are not are taken
   * for Windows-1252. A mark of another encoding than UTF-8 is believed where UTF-8 is asked for,
   * too: what follows it cannot be that.
   */
  public Reader open(Configuration conf) throws IOException {
    return decoded(conf);
  }

  /** Opens the file as bytes, decompressed by its ending. */
  public InputStream openBytes(Configuration conf) throws IOException {
    return Compression.open(path, conf);
  }

  /**
   * What a user should know of a text file's encoding, or null; where it is detected, this reads
   * the whole file.
   */
  public String notice(Configuration conf) throws IOException {
    if (encoding != null) {
      return null;
    }
    try (Reader reader = decoded(conf)) {
      reader.transferTo(Writer.nullWriter());
      return reader instanceof FallbackReader fallback && fallback.fallbacks() > 0
          ? String.format(
              "%s is not UTF-8: %d bytes are read as Windows-1252; set 'encoding' to say otherwise",
              name(), fallback.fallbacks())
          : null;
    }
  }

  private Reader decoded(Configuration conf) throws IOException {
    BOMInputStream plain =
        BOMInputStream.builder()
            .setInputStream(Compression.open(path, conf))
            .setByteOrderMarks(
                ByteOrderMark.UTF_8,
                ByteOrderMark.UTF_16LE,
                ByteOrderMark.UTF_16BE,
                ByteOrderMark.UTF_32LE,
                ByteOrderMark.UTF_32BE)
            .get();
    ByteOrderMark mark = plain.getBOM();
    boolean isMarkedUtf8 = mark == null || mark.equals(ByteOrderMark.UTF_8);
    if (encoding == null && isMarkedUtf8) {
      return new FallbackReader(plain);
    }
    boolean isMarkBelieved =
        !isMarkedUtf8
            && (encoding == null || Charset.forName(encoding).equals(StandardCharsets.UTF_8));
    CharsetDecoder decoder =
        Charset.forName(isMarkBelieved ? mark.getCharsetName() : encoding)
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE)
            .replaceWith(String.valueOf(MALFORMED));
    return new InputStreamReader(plain, decoder);
  }

  private static String ending(String task, String path) {
    String name = Compression.of(path).strip(path.toLowerCase(Locale.ROOT));
    String ending = name.substring(name.lastIndexOf('.') + 1);
    if (PACKED.contains(ending)) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': %s: .%s files are not unpacked; unpack it, or compress it by gzip, bzip2"
                  + " or zstd (.gz, .bz2, .zst)",
              task, name(path), ending));
    }
    return ending;
  }
}
