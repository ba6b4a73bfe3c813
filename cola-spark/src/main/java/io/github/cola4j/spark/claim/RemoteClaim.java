package io.github.cola4j.spark.claim;

import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A claim of a file or folder on one of Hadoop's file systems: an empty file {@code
 * <target>.running-<process>} beside it.
 */
public final class RemoteClaim implements AutoCloseable {
  private static final String RUNNING = ".running-";

  private final HadoopFiles files;
  private final Path target;
  private final Claim claim;

  private RemoteClaim(HadoopFiles files, Path target, Claim claim) {
    this.files = files;
    this.target = target;
    this.claim = claim;
  }

  /**
   * Claims a file or folder, there or not, and deletes what dead processes announced.
   *
   * @param target not the root of its file system
   * @throws ClaimedException if another run has it, or may have
   * @throws IOException if nothing can be written beside it
   */
  public static RemoteClaim of(HadoopFiles files, Path target) throws IOException {
    Claim claim =
        Claim.take(
            new Claim.Place() {
              @Override
              public void announce(String name) throws IOException {
                files.makeFile(entry(name));
              }

              @Override
              public List<String> names() throws IOException {
                return siblings(files, target, RUNNING).stream()
                    .map(path -> path.getName().substring((target.getName() + RUNNING).length()))
                    .toList();
              }

              @Override
              public void withdraw(String name) throws IOException {
                files.delete(entry(name));
              }

              @Override
              public String path(String name) {
                return entry(name).toString();
              }

              private Path entry(String name) {
                return target.suffix(RUNNING + name);
              }
            },
            "output " + target);
    RemoteClaim claimed = new RemoteClaim(files, target, claim);
    for (String name : claim.left()) {
      files.delete(target.suffix(RUNNING + name));
    }
    return claimed;
  }

  /**
   * Refuses to go on if somebody has deleted the claim: another run may have the place.
   *
   * @throws IOException if it is not there
   */
  public void requireHeld() throws IOException {
    Path entry = own(RUNNING);
    if (!files.exists(entry)) {
      throw new IOException(
          entry + " was deleted, so another run may write to " + target + "; this one stops");
    }
  }

  /** Where this process puts something else beside the target. */
  public Path own(String kind) {
    return target.suffix(kind + claim.name());
  }

  /** What there is of a kind beside the target, of this run or, left, of those before. */
  public List<Path> siblings(String kind) throws IOException {
    return siblings(files, target, kind);
  }

  /** What there is of a kind beside a target. */
  public static List<Path> siblings(HadoopFiles files, Path target, String kind)
      throws IOException {
    String start = target.getName() + kind;
    List<Path> found = new ArrayList<>();
    for (FileStatus status : files.list(target.getParent())) {
      String name = status.getPath().getName();
      if (name.startsWith(start) && Claim.owner(name.substring(start.length())).isPresent()) {
        found.add(status.getPath());
      }
    }
    return found;
  }

  /** Gives the place back. */
  @Override
  public void close() throws IOException {
    files.delete(own(RUNNING));
  }
}
