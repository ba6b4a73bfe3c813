package io.github.cola4j.spark.storage;

import java.nio.file.Files;
import java.util.List;

/** Files that {@code --files} of spark-submit names. */
public final class SubmittedFiles {
  /** Where spark-submit says which there are: for YARN, and for all others. */
  private static final List<String> KEYS = List.of("spark.yarn.dist.files", "spark.files");

  private SubmittedFiles() {}

  /**
   * Where a file is: itself if it is there or has a scheme, else what {@code --files} gives the
   * name; a file that has neither stays as it stands.
   */
  public static String find(String name) {
    if (Locations.hasScheme(name) || Files.exists(Locations.local(name))) {
      return name;
    }
    for (String key : KEYS) {
      for (String uri : StorageSettings.spark().get(key, "").split(",", -1)) {
        int fragment = uri.indexOf('#');
        String plain = fragment < 0 ? uri : uri.substring(0, fragment);
        String its =
            fragment < 0 ? uri.substring(uri.lastIndexOf('/') + 1) : uri.substring(fragment + 1);
        if (its.equals(name)) {
          return plain;
        }
      }
    }
    return name;
  }
}
