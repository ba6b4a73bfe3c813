package io.github.cola4j.spark.claim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder in {@code java.io.tmpdir} for what goes to another file system, or comes from there;
 * closing deletes it. What killed processes of this machine have left is deleted by the next.
 */
public final class Staging implements AutoCloseable {
  private static final String PREFIX = "cola4j-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "(.+)-\\d+");

  private final Path folder;

  private Staging(Path folder) {
    this.folder = folder;
  }

  /** Makes an empty folder, which only this user may read. */
  public static Staging create() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    deleteLeft(temporary);
    return new Staging(Files.createTempDirectory(temporary, PREFIX + ProcessIdentity.self() + "-"));
  }

  private static void deleteLeft(Path temporary) throws IOException {
    List<Path> left;
    try (Stream<Path> all = Files.list(temporary)) {
      left = all.filter(Staging::isLeft).toList();
    }
    for (Path folder : left) {
      try {
        ClaimedFolder.delete(folder);
      } catch (IOException e) {
        // another user's, who deletes it
      }
    }
  }

  private static boolean isLeft(Path path) {
    Matcher name = NAME.matcher(path.getFileName().toString());
    Optional<ProcessIdentity> owner =
        name.matches() ? ProcessIdentity.parse(name.group(1)) : Optional.empty();
    return owner.isPresent() && owner.get().state() == ProcessIdentity.State.DEAD;
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  @Override
  public void close() throws IOException {
    ClaimedFolder.delete(folder);
  }
}
