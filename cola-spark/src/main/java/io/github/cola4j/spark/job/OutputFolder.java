package io.github.cola4j.spark.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that appears when it is complete: until {@link #commit} all goes to {@code
 * <name>.running} beside it, which {@link #close} deletes if there was no commit.
 */
public final class OutputFolder implements AutoCloseable {
  /** The file of a job's results. */
  static final String RESULTS = "results.json";

  /** The file of its rounds. */
  static final String METRICS = "metrics.jsonl";

  private final Path target;
  private final Path working;
  private boolean committed;

  private OutputFolder(Path target, Path working) {
    this.target = target;
    this.working = working;
  }

  /** As {@link #requireFree(Path, boolean, List)}, for a job's results. */
  public static void requireFree(Path target, boolean overwrite) {
    requireFree(target, overwrite, List.of(RESULTS, METRICS));
  }

  /**
   * Refuses a folder that has something in it.
   *
   * @param overwrite whether it may be replaced, if it is what an earlier job has left
   * @param marks files by which that is seen
   * @throws InvalidJobException if it may not, or is no folder
   */
  public static void requireFree(Path target, boolean overwrite, List<String> marks) {
    requireLocal(target.toString());
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new InvalidJobException("output " + target + " is a file; name a folder", null);
    }
    if (isEmpty(target)) {
      return;
    }
    for (String file : marks) {
      if (!Files.isRegularFile(target.resolve(file))) {
        throw new InvalidJobException(
            String.format(
                "output %s is not empty and has no %s, so it is not the result of an earlier job,"
                    + " which --overwrite may delete; name another folder",
                target, file),
            null);
      }
    }
    if (!overwrite) {
      throw new InvalidJobException(
          "output " + target + " is not empty; name another folder, or allow --overwrite", null);
    }
  }

  /** Refuses a place on another file system: results are written by the driver, to its disk. */
  public static void requireLocal(String target) {
    if (target.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
      throw new InvalidJobException(
          "output " + target + ": results go to a folder on the driver's machine; name one", null);
    }
  }

  /** As {@link #create(Path, boolean, List)}, for a job's results. */
  public static OutputFolder create(Path target, boolean overwrite) {
    return create(target, overwrite, List.of(RESULTS, METRICS));
  }

  /** Starts a folder that is free; one left by a run that was killed is replaced. */
  public static OutputFolder create(Path target, boolean overwrite, List<String> marks) {
    requireFree(target, overwrite, marks);
    Path absolute = target.toAbsolutePath().normalize();
    Path working = absolute.resolveSibling(absolute.getFileName() + ".running");
    try {
      delete(working);
      Files.createDirectories(working);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + working, e);
    }
    return new OutputFolder(absolute, working);
  }

  /** Where to write. */
  public Path path() {
    return working;
  }

  /** Puts the folder in its place. */
  public void commit() {
    try {
      delete(target);
      Files.move(working, target);
      committed = true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot move " + working + " to " + target, e);
    }
  }

  @Override
  public void close() {
    if (!committed) {
      try {
        delete(working);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete " + working, e);
      }
    }
  }

  private static boolean isEmpty(Path folder) {
    if (!Files.exists(folder)) {
      return true;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
