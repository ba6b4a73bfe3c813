package io.github.cola4j.spark.storage;

import java.util.Iterator;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;

/** What is known of file systems by their schemes. */
final class Schemes {
  /** Those that rename a folder in one step. */
  private static final Set<String> ATOMIC = Set.of("file", "hdfs", "viewfs", "webhdfs", "swebhdfs");

  /** Those where an object is there when its stream is closed. */
  private static final Set<String> OBJECTS = Set.of("s3a", "gs", "oss", "cosn", "obs");

  /** The artifacts of Hadoop with file systems that Spark does not bring. */
  private static final Map<String, String> ARTIFACTS =
      Map.of(
          "s3a", "hadoop-aws",
          "abfs", "hadoop-azure",
          "abfss", "hadoop-azure",
          "wasb", "hadoop-azure",
          "wasbs", "hadoop-azure",
          "oss", "hadoop-aliyun",
          "cosn", "hadoop-cos",
          "obs", "hadoop-huaweicloud");

  private Schemes() {}

  static boolean renamesAtOnce(String scheme) {
    return ATOMIC.contains(scheme);
  }

  static boolean showsCompleteFiles(String scheme) {
    return OBJECTS.contains(scheme);
  }

  /** Why a file system cannot be reached, and what to do. */
  static String reason(Path path, Exception failure) {
    String scheme = path.toUri().getScheme();
    if (!isMissing(failure)) {
      return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
    return String.format(
        "there is no file system for %s here, but for %s; %s",
        scheme, String.join(", ", available()), remedy(scheme));
  }

  /** Its class is not on the class path, or no setting names one. */
  private static boolean isMissing(Exception failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof UnsupportedFileSystemException || t instanceof ClassNotFoundException) {
        return true;
      }
    }
    return false;
  }

  private static String remedy(String scheme) {
    if ("s3".equals(scheme) || "s3n".equals(scheme)) {
      return "write s3a:// for it, or set fs." + scheme + ".impl";
    }
    String artifact = ARTIFACTS.get(scheme);
    return artifact == null
        ? "correct it, or give spark-submit the jar of that file system (--packages, or --jars)"
        : String.format(
            "give spark-submit its jar: --packages org.apache.hadoop:%s:%s",
            artifact, VersionInfo.getVersion());
  }

  /** The schemes of all file systems on the class path. */
  private static Set<String> available() {
    Set<String> schemes = new TreeSet<>();
    Iterator<FileSystem> all = ServiceLoader.load(FileSystem.class).iterator();
    while (true) {
      try {
        if (!all.hasNext()) {
          return schemes;
        }
        schemes.add(all.next().getScheme());
      } catch (ServiceConfigurationError | LinkageError | UnsupportedOperationException e) {
        // one that does not load here, or has no scheme, is none
      }
    }
  }
}
