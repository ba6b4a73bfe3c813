package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;

/** Paths in options, several in one by commas; these may also be part of a file's name or glob. */
final class DataPaths {
  private DataPaths() {}

  /** The paths of all values: a value that is there as it stands is one, also with commas. */
  static List<String> of(List<String> values) {
    List<String> paths = new ArrayList<>();
    for (String value : values) {
      if (value.indexOf(',') < 0 || exists(value)) {
        paths.add(value);
      } else {
        split(value, paths);
      }
    }
    return paths;
  }

  private static boolean exists(String value) {
    try {
      Path path = new Path(value);
      return HadoopFiles.of(path).exists(path);
    } catch (IOException | IllegalArgumentException e) {
      return false; // whoever reads the parts will say what is wrong
    }
  }

  /** Splits at the commas outside a glob's braces. */
  private static void split(String value, List<String> paths) {
    int depth = 0;
    int start = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      depth += c == '{' ? 1 : c == '}' && depth > 0 ? -1 : 0;
      if (c == ',' && depth == 0) {
        paths.add(value.substring(start, i));
        start = i + 1;
      }
    }
    paths.add(value.substring(start));
  }
}
