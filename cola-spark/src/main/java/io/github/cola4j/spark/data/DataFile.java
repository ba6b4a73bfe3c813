package io.github.cola4j.spark.data;

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
import java.util.TreeMap;
import org.apache.commons.io.ByteOrderMark;
import org.apache.commons.io.input.BOMInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * A file of rows.
 *
 * @param path where it is, as Hadoop writes it
 * @param format how it is read
 * @param encoding the charset of its text; null detects it
 */
record DataFile(String path, Format format, String encoding) implements Serializable {
  /**
   * Stands for malformed bytes: half a surrogate pair, which no encoding has by itself, where
   * Java's own U+FFFD might stand in the file. See {@link Surrogates#hasMalformed}.
   */
  static final char MALFORMED = '\uDFFF';

  /** The strict encoding: nothing is guessed. */
  static final String UTF_8 = "UTF-8";

  /** How a file is read; its ending says which. */
  enum Format {
    JSON_LINES,
    /** An array, or JSON lines: the first character decides. */
    JSON,
    CSV,
    TSV,
    PARQUET
  }

  /**
   * The files that paths name, sorted by path; files without content are left out.
   *
   * @param paths files, folders or globs
   * @param encoding a charset's name, or null to detect it
   * @throws IllegalArgumentException if a path names nothing, or there is no such charset
   */
  static List<DataFile> list(String task, List<String> paths, String encoding, Configuration conf)
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
      for (FileStatus status : matches(task, new Path(path), conf)) {
        if (status.getLen() > 0) {
          String found = status.getPath().toString();
          files.put(found, new DataFile(found, format(task, found), encoding));
        }
      }
    }
    return new ArrayList<>(files.values());
  }

  /** The path as its user would write it: without {@code file:} where it is a local one. */
  String name() {
    return name(path);
  }

  static String name(String path) {
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
  Reader open(Configuration conf) throws IOException {
    return decoded(conf);
  }

  /**
   * What a user should know of the file's encoding, or null; where it is detected, this reads the
   * whole file.
   */
  String notice(Configuration conf) throws IOException {
    if (encoding != null || format == Format.PARQUET) {
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
    Path file = new Path(path);
    InputStream stream = file.getFileSystem(conf).open(file);
    CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(file);
    BOMInputStream plain =
        BOMInputStream.builder()
            .setInputStream(codec == null ? stream : codec.createInputStream(stream))
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

  private static List<FileStatus> matches(String task, Path path, Configuration conf)
      throws IOException {
    FileSystem fileSystem = path.getFileSystem(conf);
    FileStatus[] found =
        fileSystem.exists(path)
            ? new FileStatus[] {fileSystem.getFileStatus(path)}
            : fileSystem.globStatus(path);
    if (found == null || found.length == 0) {
      throw new NoSuchDataException("task '" + task + "': no such file: " + path);
    }
    List<FileStatus> files = new ArrayList<>();
    for (FileStatus status : found) {
      if (status.isFile()) {
        files.add(status);
      } else {
        for (FileStatus child : fileSystem.listStatus(status.getPath())) {
          String name = child.getPath().getName();
          if (child.isFile() && !name.startsWith("_") && !name.startsWith(".")) {
            files.add(child);
          }
        }
      }
    }
    if (files.isEmpty()) {
      throw new NoSuchDataException("task '" + task + "': no file in folder " + path);
    }
    return files;
  }

  private static Format format(String task, String path) {
    String name = path.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|bz2|zst)$", "");
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "jsonl", "ndjson" -> Format.JSON_LINES;
      case "json" -> Format.JSON;
      case "csv" -> Format.CSV;
      case "tsv" -> Format.TSV;
      case "parquet" -> Format.PARQUET;
      default ->
          throw new IllegalArgumentException(
              String.format(
                  "task '%s': the ending of %s names no format; expected .jsonl, .ndjson, .json,"
                      + " .csv, .tsv (or one of them with .gz) or .parquet. In a folder with other"
                      + " files, name yours with a glob such as folder/*.csv",
                  task, name(path)));
    };
  }
}
