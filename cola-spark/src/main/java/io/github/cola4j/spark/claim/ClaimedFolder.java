package io.github.cola4j.spark.claim;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * A claim of a file or folder of this machine, which is itself a folder to work in: {@code
 * <target>.running-<process>} beside it.
 */
public final class ClaimedFolder implements AutoCloseable {
  private static final String RUNNING = ".running-";

  private final Path target;
  private final Claim claim;

  private ClaimedFolder(Path target, Claim claim) {
    this.target = target;
    this.claim = claim;
  }

  /**
   * Claims a file or folder, there or not.
   *
   * @param target without links, its folder there
   * @throws ClaimedException if another run has it, or may have
   * @throws IOException if nothing can be written beside it
   */
  public static ClaimedFolder of(Path target) throws IOException {
    Claim claim =
        Claim.take(
            new Claim.Place() {
              @Override
              public void announce(String name) throws IOException {
                Files.createDirectory(sibling(target, RUNNING, name));
              }

              @Override
              public List<String> names() throws IOException {
                return ClaimedFolder.names(target, RUNNING);
              }

              @Override
              public void withdraw(String name) throws IOException {
                delete(sibling(target, RUNNING, name));
              }

              @Override
              public String path(String name) {
                return sibling(target, RUNNING, name).toString();
              }
            },
            "output " + target);
    return new ClaimedFolder(target, claim);
  }

  /** What is claimed. */
  public Path target() {
    return target;
  }

  /** The folder to work in. */
  public Path path() {
    return left(claim.name());
  }

  /** Names of the folders that dead processes have left. */
  public List<String> left() {
    return claim.left();
  }

  /** The folder that a process has left. */
  public Path left(String name) {
    return sibling(target, RUNNING, name);
  }

  /** Where this process puts something else beside the target. */
  public Path own(String kind) {
    return sibling(target, kind, claim.name());
  }

  /** Deletes the folders that dead processes have left. */
  public void deleteLeft() throws IOException {
    for (String name : left()) {
      delete(left(name));
    }
  }

  /** Deletes the folder, if it is still there. */
  @Override
  public void close() throws IOException {
    delete(path());
  }

  /** Something beside a target that belongs to a process. */
  public static Path sibling(Path target, String kind, String name) {
    return target.resolveSibling(target.getFileName() + kind + name);
  }

  /** The names that are left where something beside a target is of a kind. */
  public static List<String> names(Path target, String kind) throws IOException {
    String start = target.getFileName() + kind;
    try (Stream<Path> entries = Files.list(target.getParent())) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.startsWith(start))
          .map(name -> name.substring(start.length()))
          .filter(name -> Claim.owner(name).isPresent())
          .toList();
    }
  }

  /** Deletes a folder with all it has; links in it are deleted and not followed. */
  public static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) { // another deletes it too
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
