package io.github.cola4j.spark.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * Which build of CoLA4J runs, as the manifest of its jar has it.
 *
 * @param version Maven's, or null where classes are not in a jar
 * @param commit Git's, abbreviated, with {@code -dirty} where tracked files had been changed;
 *     {@code unknown} where the build knew none
 */
public record Build(String version, String commit) {
  private static final String UNKNOWN = "unknown";

  /** The build that this class is from. */
  public static Build running() {
    return of(Build.class);
  }

  static Build of(Class<?> type) {
    URL location = type.getResource(type.getSimpleName() + ".class");
    try {
      URLConnection connection = location.openConnection();
      if (!(connection instanceof JarURLConnection entry)) {
        return new Build(null, UNKNOWN);
      }
      entry.setUseCaches(false);
      try (JarFile jar = entry.getJarFile()) {
        return of(jar.getManifest());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the manifest of the jar of " + location, e);
    }
  }

  private static Build of(Manifest manifest) {
    Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
    String commit = main.getValue("Git-Commit");
    return new Build(
        main.getValue(Attributes.Name.IMPLEMENTATION_VERSION), commit == null ? UNKNOWN : commit);
  }

  /** Version and commit, as {@code cola --version} and reports print them. */
  @Override
  public String toString() {
    return version == null ? "(not packaged)" : version + " (commit " + commit + ")";
  }
}
