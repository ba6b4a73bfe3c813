package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.claim.RemoteClaim;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Puts a local folder in the place of a folder on one of Hadoop's file systems. A result is known
 * by its marks, which are written last and deleted first, and an adapter in it by its description
 * likewise.
 *
 * <ul>
 *   <li>Where folders are renamed in one step: written to {@code <target>.new-<process>}, an older
 *       result renamed to {@code <target>.old-<process>}, the new one to the target.
 *   <li>Elsewhere, on object stores: written to the target itself, or aside if that has an older
 *       result, and then moved file by file. {@code <target>.partial-<process>} says meanwhile that
 *       what the target has is no result.
 * </ul>
 *
 * <p>Only who has claimed the target calls this, so that what it finds aside is of ended runs.
 */
final class FolderUpload {
  private static final String NEW = ".new-";
  private static final String OLD = ".old-";
  private static final String PARTIAL = ".partial-";
  private static final int AT_ONCE = 16; // a store takes its time for each request

  private final HadoopFiles files;
  private final Path target;
  private final List<String> marks;
  private final RemoteClaim claim;

  /**
   * An upload.
   *
   * @param marks the last one is the first to be written
   */
  FolderUpload(HadoopFiles files, Path target, List<String> marks, RemoteClaim claim) {
    this.files = files;
    this.target = target;
    this.marks = marks;
    this.claim = claim;
  }

  /** Whether a run has begun to put a result in place, and has not ended that yet. */
  static boolean isInterrupted(HadoopFiles files, Path target) throws IOException {
    return !RemoteClaim.siblings(files, target, PARTIAL).isEmpty();
  }

  /** Finishes what killed runs began to put in place, and deletes what else they have left. */
  void finishOthers() throws IOException {
    for (Path partial : claim.siblings(PARTIAL)) {
      if (!isResult(target)) {
        files.delete(target);
      }
      files.delete(partial);
    }
    for (Path old : claim.siblings(OLD)) {
      String process = old.getName().substring((target.getName() + OLD).length());
      Path complete = target.suffix(NEW + process);
      if (files.list(target).isEmpty()) {
        files.deleteEmpty(target);
        files.rename(isResult(complete) ? complete : old, target);
      }
      deleteResult(old);
    }
    for (Path aside : claim.siblings(NEW)) {
      files.delete(aside);
    }
  }

  private boolean isResult(Path folder) throws IOException {
    for (String mark : marks) {
      if (!files.isFile(new Path(folder, mark))) {
        return false;
      }
    }
    return true;
  }

  /** Where the new result is until it is in place; what is there when it is published is of it. */
  Path aside() {
    return claim.own(NEW);
  }

  /**
   * Puts a folder in place.
   *
   * @param from what comes to that which is in {@link #aside}
   */
  void publish(java.nio.file.Path from) throws IOException {
    claim.requireHeld();
    boolean replaces = !files.list(target).isEmpty();
    if (files.renamesAtOnce()) {
      uploadAside(from);
      swap(replaces);
    } else if (replaces || files.exists(aside())) {
      uploadAside(from);
      files.makeFile(claim.own(PARTIAL));
      deleteResult(target);
      String root = root(aside());
      byRank(
          all(aside()),
          file -> below(root, file),
          Comparator.naturalOrder(),
          file -> {
            Path to = new Path(target, below(root, file));
            files.makeFolder(to.getParent());
            files.rename(file, to);
          });
      files.delete(aside());
      files.delete(claim.own(PARTIAL));
    } else {
      files.makeFile(claim.own(PARTIAL));
      try {
        upload(from, target);
      } catch (IOException e) {
        files.delete(target); // or the next run does
        files.delete(claim.own(PARTIAL));
        throw e;
      }
      files.delete(claim.own(PARTIAL));
    }
  }

  /** Deletes what was written and not put in place. */
  void discard() throws IOException {
    files.delete(aside());
  }

  private void uploadAside(java.nio.file.Path from) throws IOException {
    try {
      upload(from, aside());
      claim.requireHeld();
    } catch (IOException e) {
      files.deleteQuietly(aside());
      throw e;
    }
  }

  private void swap(boolean replaces) throws IOException {
    Path old = claim.own(OLD);
    if (replaces) {
      files.rename(target, old);
    } else {
      files.deleteEmpty(target); // into which the new one would be moved
    }
    try {
      files.rename(aside(), target);
    } catch (IOException e) {
      if (replaces) {
        files.rename(old, target);
      }
      files.deleteQuietly(aside());
      throw e;
    }
    if (replaces) {
      deleteResult(old);
    }
  }

  private void upload(java.nio.file.Path from, Path to) throws IOException {
    List<java.nio.file.Path> all;
    try (Stream<java.nio.file.Path> found = Files.walk(from)) {
      all = found.filter(Files::isRegularFile).map(from::relativize).toList();
    }
    byRank(
        all,
        java.nio.file.Path::toString,
        Comparator.naturalOrder(),
        file -> files.upload(from.resolve(file), new Path(to, file.toString())));
  }

  private interface Work<F> {
    void on(F file) throws IOException;
  }

  /** Works on files, several at a time, but on those of one rank after the other's. */
  private <F> void byRank(
      List<F> all, Function<F, String> name, Comparator<Integer> order, Work<F> work)
      throws IOException {
    Map<Integer, List<F>> ranks = new TreeMap<>(order);
    all.forEach(
        file -> ranks.computeIfAbsent(rank(name.apply(file)), r -> new ArrayList<>()).add(file));
    try {
      for (List<F> some : ranks.values()) {
        ConcurrentJobs.map(
            some,
            AT_ONCE,
            file -> {
              try {
                work.on(file);
                return file;
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Marks, each for itself, come after all else, and descriptions after what they describe. */
  private int rank(String name) {
    int mark = marks.indexOf(name);
    return mark >= 0 ? 2 + marks.size() - mark : name.endsWith(".json") ? 1 : 0;
  }

  private List<Path> all(Path folder) throws IOException {
    return files.walk(folder).stream().map(FileStatus::getPath).toList();
  }

  private String root(Path folder) {
    return files.qualified(folder).toUri().getPath();
  }

  private String below(String root, Path file) {
    return files.qualified(file).toUri().getPath().substring(root.length() + 1);
  }

  /** Its marks first, so that what a killed process leaves is no result. */
  private void deleteResult(Path folder) throws IOException {
    String root = root(folder);
    byRank(all(folder), file -> below(root, file), Comparator.reverseOrder(), files::delete);
    files.delete(folder);
  }
}
