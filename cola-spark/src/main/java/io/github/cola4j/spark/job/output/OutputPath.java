package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where an output is, by one name only; refuses places where no result can appear. */
public final class OutputPath {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT = 4; // the field of a line

  /** What mountinfo writes for blanks and the like. */
  private static final Map<String, String> ESCAPES =
      Map.of("\\040", " ", "\\011", "\t", "\\012", "\n", "\\134", "\\");

  private OutputPath() {}

  /** Refuses a place on another file system: results are written by the driver, to its disk. */
  public static void requireLocal(String target) {
    if (Locations.hasScheme(target)) {
      throw new InvalidJobException(
          "output " + target + ": results go to a folder on the driver's machine; name one", null);
    }
  }

  /**
   * The place of an output that is not remote.
   *
   * @throws InvalidJobException if it names another machine's disk
   */
  public static Path local(String target) {
    try {
      return Locations.local(target);
    } catch (InvalidPathException e) {
      throw e; // its message says what to do about the locale
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("output " + e.getMessage(), e);
    }
  }

  /**
   * The path without links; folders above it are made. A link is followed, so that it stays and
   * what it names is replaced.
   *
   * @throws InvalidJobException if it is a link to nothing, or folders above cannot be made
   */
  public static Path real(Path target) {
    requireLinked(target);
    try {
      if (Files.exists(target)) {
        return target.toRealPath();
      }
      Path absolute = target.toAbsolutePath().normalize();
      return Files.createDirectories(absolute.getParent())
          .toRealPath()
          .resolve(absolute.getFileName());
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /** Refuses a link to nothing, whose target nobody can say is meant. */
  public static void requireLinked(Path target) {
    if (Files.isSymbolicLink(target) && !Files.exists(target)) {
      throw new InvalidJobException(
          "output " + target + " is a link to what is not there; make its target, or name another",
          null);
    }
  }

  /** Refuses a folder on which another file system is mounted, which cannot be replaced. */
  public static void requireNoMount(Path target) {
    if (Files.isDirectory(target) && isMounted(target)) {
      throw new InvalidJobException(
          String.format(
              "output %s is a mount point, which no finished result can be renamed to; name a"
                  + " folder in it, such as %s",
              target, target.resolve("results")),
          null);
    }
  }

  private static boolean isMounted(Path target) {
    try {
      Path real = target.toRealPath();
      Path parent = real.getParent();
      return parent == null || isListed(real) || !device(real).equals(device(parent));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false; // a file system that cannot say
    }
  }

  private static Object device(Path folder) throws IOException {
    return Files.getAttribute(folder, "unix:dev", LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether Linux lists it; a part of the same file system may be mounted again. */
  private static boolean isListed(Path folder) throws IOException {
    if (!Files.exists(MOUNTS)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(MOUNTS)) {
      return lines
          .map(line -> line.split(" ", -1)[MOUNT_POINT])
          .map(OutputPath::unescaped)
          .anyMatch(folder.toString()::equals);
    }
  }

  private static String unescaped(String field) {
    for (String escape : List.of("\\040", "\\011", "\\012", "\\134")) {
      field = field.replace(escape, ESCAPES.get(escape));
    }
    return field;
  }

  /** What is thrown where nothing can be written. */
  public static InvalidJobException unwritable(Object target, IOException reason) {
    return new InvalidJobException(
        String.format(
            "output %s cannot be written: %s; name another place, or %s",
            target, WriteFailure.reason(reason), WriteFailure.remedy(reason)),
        reason);
  }
}
