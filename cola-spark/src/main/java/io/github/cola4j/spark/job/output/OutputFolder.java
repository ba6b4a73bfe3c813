package io.github.cola4j.spark.job.output;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.claim.Claim;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.claim.ProcessIdentity;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that appears when it is complete and that one run at a time writes: until {@link
 * #commit} all goes to a {@link ClaimedFolder} beside it, which {@link #close} deletes if there was
 * no commit.
 *
 * <p>An older result is renamed to {@code <name>.old-<process>} before the new one takes its place,
 * and deleted after that. Whoever claims the folder next finishes what a killed process began.
 */
public final class OutputFolder implements Output {
  private static final String OLD = ".old-";

  private final Path named;
  private final ClaimedFolder claimed;
  private final List<String> marks;
  private boolean committed;

  private OutputFolder(Path named, ClaimedFolder claimed, List<String> marks) {
    this.named = named;
    this.claimed = claimed;
    this.marks = marks;
  }

  /**
   * Refuses a folder that has something in it, and a place where no folder can appear.
   *
   * @param overwrite whether it may be replaced, if it is what an earlier job has left
   * @param marks files by which that is seen
   * @throws InvalidJobException if it may not, or is no folder
   */
  public static void requireFree(Path target, boolean overwrite, List<String> marks) {
    requireFolder(target);
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

  /** Refuses what no folder can appear at. */
  private static void requireFolder(Path target) {
    OutputPath.requireLocal(target.toString());
    OutputPath.requireLinked(target);
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new InvalidJobException("output " + target + " is a file; name a folder", null);
    }
    OutputPath.requireNoMount(target);
  }

  static OutputFolder claim(Path target, List<String> marks) {
    requireFolder(target);
    ClaimedFolder claimed;
    try {
      claimed = ClaimedFolder.of(OutputPath.real(target));
    } catch (ClaimedException e) {
      throw new InvalidJobException(e.getMessage(), e);
    } catch (IOException e) {
      throw OutputPath.unwritable(target, e);
    }
    OutputFolder output = new OutputFolder(target, claimed, marks);
    try {
      output.finishOthers();
      output.tryOut();
      return output;
    } catch (IOException e) {
      output.close();
      throw OutputPath.unwritable(target, e);
    } catch (RuntimeException e) {
      output.close();
      throw e;
    }
  }

  /**
   * Finishes what killed processes began to put in place, and deletes what else they have left. One
   * that has renamed the older result had all of its own written.
   */
  private void finishOthers() throws IOException {
    Path target = claimed.target();
    for (String name : ClaimedFolder.names(target, OLD)) {
      if (Claim.owner(name).orElseThrow().state() != ProcessIdentity.State.DEAD) {
        continue;
      }
      Path old = ClaimedFolder.sibling(target, OLD, name);
      if (isEmpty(target)) {
        Path complete = isResult(claimed.left(name)) ? claimed.left(name) : old;
        if (isResult(complete)) {
          AtomicFile.move(complete, target);
        }
      }
      deleteResult(old);
    }
    claimed.deleteLeft();
  }

  private boolean isResult(Path folder) {
    return marks.stream().allMatch(mark -> Files.isRegularFile(folder.resolve(mark)));
  }

  /** Its marks first, so that what a killed process leaves is no result. */
  private void deleteResult(Path folder) throws IOException {
    for (String mark : marks) {
      Files.deleteIfExists(folder.resolve(mark));
    }
    ClaimedFolder.delete(folder);
  }

  /** Does once what is done with results, where a failure costs nothing yet. */
  private void tryOut() throws IOException {
    Path folder = Files.createDirectory(path().resolve("try"));
    Path file = folder.resolve("file");
    Files.writeString(file, "a line\n");
    Files.writeString(file, "another\n", StandardOpenOption.APPEND);
    AtomicFile.move(file, folder.resolve("renamed"));
    AtomicFile.move(folder, path().resolve("renamed"));
    ClaimedFolder.delete(path().resolve("renamed"));
  }

  @Override
  public void requireFree(boolean overwrite) {
    requireFree(named, overwrite, marks);
  }

  /** Whether it has a result. */
  boolean isResult() {
    return isResult(claimed.target());
  }

  @Override
  public String shared() {
    return path().toUri().toString();
  }

  @Override
  public InputStream open(String name) throws IOException {
    Path file = claimed.target().resolve(name);
    return Files.isRegularFile(file) ? Files.newInputStream(file) : null;
  }

  @Override
  public Path path() {
    return claimed.path();
  }

  @Override
  public void commit() {
    Path target = claimed.target();
    Path old = claimed.own(OLD);
    try {
      if (!Files.isDirectory(path())) {
        throw new IOException("it has been deleted, perhaps by another run");
      }
      boolean replaces = !isEmpty(target);
      if (replaces) {
        AtomicFile.move(target, old);
      }
      try {
        AtomicFile.move(path(), target); // in the place of an empty folder too
      } catch (IOException e) {
        if (replaces) {
          AtomicFile.move(old, target);
        }
        throw e;
      }
      committed = true;
      deleteResult(old);
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException(
              committed
                  ? "the new result is in place, but the older one cannot be deleted from "
                      + old
                      + ": "
                      + WriteFailure.reason(e)
                  : "cannot move " + path() + " to " + target + ": " + WriteFailure.reason(e),
              e));
    }
  }

  @Override
  public void close() {
    if (!committed) {
      try {
        claimed.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete " + path(), e);
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
}
