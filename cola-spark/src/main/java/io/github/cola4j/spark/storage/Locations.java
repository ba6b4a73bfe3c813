package io.github.cola4j.spark.storage;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where a path that a user gives is: {@code hdfs://…}, {@code s3a://…} and whatever else has a
 * scheme are on one of Hadoop's file systems; all others, and {@code file:} URIs, on the driver's
 * disk.
 */
public final class Locations {
  /** Two characters at least: one is a drive of Windows. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private static final String FILE = "file:";

  private Locations() {}

  /** Whether a path has a scheme, {@code file:} too. */
  public static boolean hasScheme(String path) {
    return SCHEME.matcher(path).matches();
  }

  /** Whether it is on one of Hadoop's file systems. */
  public static boolean isRemote(String path) {
    return hasScheme(path) && !path.startsWith(FILE);
  }

  /**
   * The place on the driver's disk.
   *
   * @param path one that is not remote
   * @throws IllegalArgumentException if it is a URI of another machine's file
   */
  public static Path local(String path) {
    if (!path.startsWith(FILE)) {
      return Path.of(path);
    }
    String rest = path.substring(FILE.length());
    if (rest.startsWith("//") && !rest.startsWith("///")) {
      throw new IllegalArgumentException(
          path + " names the machine " + URI.create(path).getAuthority() + "; write file:///…");
    }
    return Path.of(rest.replaceFirst("^/+", "/"));
  }

  /** The last name of a path. */
  public static String name(String path) {
    return isRemote(path)
        ? new org.apache.hadoop.fs.Path(path).getName()
        : String.valueOf(local(path).getFileName());
  }
}
