package io.github.cola4j.spark.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
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
 */
record DataFile(String path, Format format) implements Serializable {
  /**
   * Stands for malformed bytes: a noncharacter that no text holds, where Java's own U+FFFD might
   * stand in the file.
   */
  static final char MALFORMED = '\uFFFF';

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
   */
  static List<DataFile> list(String task, List<String> paths, Configuration conf)
      throws IOException {
    TreeMap<String, DataFile> files = new TreeMap<>();
    for (String path : paths) {
      for (FileStatus status : matches(task, new Path(path), conf)) {
        if (status.getLen() > 0) {
          String found = status.getPath().toString();
          files.put(found, new DataFile(found, format(task, found)));
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

  /**
   * Opens the file, decompressed by its ending, after its byte-order mark. Bytes that are not UTF-8
   * read as {@link #MALFORMED}, so that one costs its row and not the file.
   */
  BufferedReader open(Configuration conf) throws IOException {
    Path file = new Path(path);
    InputStream stream = file.getFileSystem(conf).open(file);
    CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(file);
    InputStream plain = codec == null ? stream : codec.createInputStream(stream);
    CharsetDecoder utf8 =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .replaceWith(String.valueOf(MALFORMED));
    return new BufferedReader(
        new InputStreamReader(BOMInputStream.builder().setInputStream(plain).get(), utf8));
  }

  private static List<FileStatus> matches(String task, Path path, Configuration conf)
      throws IOException {
    FileSystem fileSystem = path.getFileSystem(conf);
    FileStatus[] found =
        fileSystem.exists(path)
            ? new FileStatus[] {fileSystem.getFileStatus(path)}
            : fileSystem.globStatus(path);
    if (found == null || found.length == 0) {
      throw new IllegalArgumentException("task '" + task + "': no such file: " + path);
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
      throw new IllegalArgumentException("task '" + task + "': no file in folder " + path);
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
                  "task '%s': the ending of %s names no format; expected .jsonl, .ndjson, .json, .csv, .tsv (or one of them with .gz) or"
                      + " .parquet. In a folder with other files, name yours with a glob such as folder/*.csv",
                  task, name(path)));
    };
  }
}
