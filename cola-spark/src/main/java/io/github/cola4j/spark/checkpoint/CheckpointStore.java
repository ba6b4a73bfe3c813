package io.github.cola4j.spark.checkpoint;

import io.github.cola4j.spark.claim.Claim;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Checkpoints in a folder of any of Hadoop's file systems, which one run at a time writes ({@link
 * #claim}). One of round 12 is the folder {@code round-000012}: a safetensors file for each task,
 * attachments, and {@code manifest.json}, which names length and SHA-256 of the others and is
 * written last. It is written aside and renamed. A checkpoint is used if every file is what its
 * manifest says, so a file system that renames folders file by file will do.
 */
public final class CheckpointStore implements AutoCloseable {
  private static final int READ_AT_ONCE = 8; // files, to see whether they are complete
  private static final Pattern FOLDER = Pattern.compile("round-(\\d{6,9})");
  private static final String ASIDE = ".tmp";
  private static final String CLAIM = "running-";
  private static final long MOST_MANIFEST_BYTES = 1 << 28;

  private final Path folder;
  private final FileSystem files;
  private final int keep;
  private Claim claim; // null for none yet
  private boolean madeFolder;

  /**
   * Opens a folder, which is made when something is written.
   *
   * @param keep how many checkpoints stay
   * @throws IllegalArgumentException if its file system cannot be reached
   */
  public static CheckpointStore open(Configuration configuration, String folder, int keep) {
    Path path = new Path(folder);
    try {
      // an instance of our own: those of FileSystem.get are shared, and Spark's
      FileSystem files = FileSystem.newInstance(path.toUri(), configuration);
      // a checkpoint has checksums, and Hadoop's would be files beside its own
      files.setWriteChecksum(false);
      files.setVerifyChecksum(false);
      return new CheckpointStore(path, files, keep);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          "checkpoint.folder " + HadoopFiles.unreachable(path, e).getMessage(), e);
    }
  }

  private CheckpointStore(Path folder, FileSystem files, int keep) {
    this.folder = folder;
    this.files = files;
    this.keep = keep;
  }

  /**
   * Takes the folder for this run alone, until it is closed, and makes it.
   *
   * @throws ClaimedException if another run has it, or may have
   * @throws IOException if nothing can be written there
   */
  public void claim() throws IOException {
    try {
      boolean isNew = !files.exists(folder);
      claim = Claim.take(claims(), "checkpoint.folder " + folder);
      madeFolder = isNew;
      for (String name : claim.left()) {
        claims().withdraw(name);
      }
    } catch (FSError e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  private Claim.Place claims() {
    return new Claim.Place() {
      @Override
      public void announce(String name) throws IOException {
        files.create(new Path(path(name)), false).close();
      }

      @Override
      public List<String> names() {
        return list().stream()
            .map(Path::getName)
            .filter(name -> name.startsWith(CLAIM))
            .map(name -> name.substring(CLAIM.length()))
            .toList();
      }

      @Override
      public void withdraw(String name) throws IOException {
        files.delete(new Path(path(name)), false);
      }

      @Override
      public String path(String name) {
        return new Path(folder, CLAIM + name).toString();
      }
    };
  }

  /** The rounds that there are checkpoints of, oldest first, complete or not. */
  public List<Integer> rounds() {
    List<Integer> rounds = new ArrayList<>();
    for (Path path : list()) {
      Matcher matcher = FOLDER.matcher(path.getName());
      if (matcher.matches()) {
        rounds.add(Integer.valueOf(matcher.group(1)));
      }
    }
    Collections.sort(rounds);
    return rounds;
  }

  /**
   * Writes a checkpoint, then deletes those that need not be kept and what stopped writers left.
   *
   * @param attachments files that are kept with it
   * @throws IOException if it cannot be written; those before are as they were
   * @throws UncheckedIOException if this run has claimed the folder, and its claim was deleted
   */
  public void write(Checkpoint checkpoint, List<java.nio.file.Path> attachments)
      throws IOException {
    int round = checkpoint.training().round();
    Path target = path(round);
    Path aside = target.suffix(ASIDE);
    if (claim != null && !files.exists(new Path(claims().path(claim.name())))) {
      throw new UncheckedIOException(
          new IOException(
              claims().path(claim.name())
                  + " was deleted, so another run may write checkpoints there; this one stops"));
    }
    try {
      files.delete(aside, true);
      writeFiles(aside, checkpoint, attachments);
      files.delete(target, true); // a damaged one
      if (!files.rename(aside, target)) {
        throw new IOException("cannot rename " + aside + " to " + target);
      }
    } catch (IOException e) {
      deleteQuietly(aside);
      throw e;
    } catch (FSError e) { // Hadoop's local file system has it for a full disk
      deleteQuietly(aside);
      throw new IOException(e.getCause().getMessage(), e);
    } catch (Throwable e) { // of executors that write, or were told to stop
      deleteQuietly(aside);
      throw e;
    }
    List<Integer> kept = rounds().stream().filter(other -> other <= round).toList();
    kept = kept.subList(Math.max(0, kept.size() - keep), kept.size());
    for (Path path : list()) {
      Matcher matcher = FOLDER.matcher(path.getName().replace(ASIDE, ""));
      if (matcher.matches()
          && (path.getName().endsWith(ASIDE)
              || !kept.contains(Integer.valueOf(matcher.group(1))))) {
        delete(path);
      }
    }
  }

  /** Renames it first, so that one that is deleted in part is no checkpoint. */
  private void delete(Path path) throws IOException {
    Path aside = path.getName().endsWith(ASIDE) ? path : path.suffix(ASIDE);
    if (!aside.equals(path)) {
      files.delete(aside, true);
      if (!files.rename(path, aside)) {
        throw new IOException("cannot rename " + path + " to " + aside);
      }
    }
    files.delete(aside, true);
  }

  /**
   * A file that was kept with the newest checkpoint, as it is.
   *
   * @return null if there is no checkpoint, or it has no such file
   */
  public byte[] newestAttachment(String name) throws IOException {
    List<Integer> rounds = rounds();
    if (rounds.isEmpty()) {
      return null;
    }
    Path file = new Path(path(rounds.get(rounds.size() - 1)), name);
    if (!files.exists(file)) {
      return null;
    }
    try (var in = files.open(file)) {
      return in.readAllBytes();
    }
  }

  private void writeFiles(Path aside, Checkpoint checkpoint, List<java.nio.file.Path> attachments)
      throws IOException {
    Map<String, Manifest.Entry> entries = new TreeMap<>();
    for (java.nio.file.Path attachment : attachments) {
      String name = attachment.getFileName().toString();
      entries.put(name, write(aside, name, out -> Files.copy(attachment, out)));
    }
    List<Manifest.Task> tasks = new ArrayList<>();
    Map<String, StateWriter.Written> written =
        checkpoint
            .training()
            .vectors()
            .map(
                StateWriter.of(files.getConf(), aside, checkpoint.training().tasks()),
                files instanceof LocalFileSystem);
    for (TrainingSnapshot.Task task : checkpoint.training().tasks()) {
      String name = StateWriter.file(tasks.size());
      entries.put(name, written.get(task.name()).orThrow());
      tasks.add(
          new Manifest.Task(
              task.name(),
              name,
              task.step(),
              task.rounds(),
              task.bestRound(),
              task.bestValidation(),
              task.stopping()));
    }
    byte[] manifest =
        new Manifest(
                Manifest.FORMAT, checkpoint.training().round(), checkpoint.of(), tasks, entries)
            .toBytes();
    write(aside, Manifest.NAME, out -> out.write(manifest));
  }

  private Manifest.Entry write(Path aside, String name, HashingStream.Content content)
      throws IOException {
    return HashingStream.write(files, new Path(aside, name), content);
  }

  /**
   * The newest complete checkpoint.
   *
   * @param scratch a local folder, which gets the attachments
   * @param notices is notified of every incomplete one
   * @return null if there is none at all. Its vectors are read when they are asked for, from this
   *     store, before another checkpoint is written
   * @throws IllegalArgumentException if none is complete
   */
  public Checkpoint newest(java.nio.file.Path scratch, Consumer<String> notices) {
    List<Integer> rounds = rounds();
    String reason = null;
    for (int i = rounds.size() - 1; i >= 0; i--) {
      Path path = path(rounds.get(i));
      try {
        return read(path, rounds.get(i), scratch);
      } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
        reason = "checkpoint " + path + " is damaged: " + e.getMessage();
      } catch (FSError e) {
        reason = "checkpoint " + path + " cannot be read: " + e.getCause().getMessage();
      }
      if (i > 0) {
        notices.accept("WARNING: " + reason + "; the one before is used");
      }
    }
    if (reason != null) {
      throw new IllegalArgumentException(
          String.format(
              "none of the %d checkpoints in %s is complete; %s. Start from scratch",
              rounds.size(), folder, reason));
    }
    return null;
  }

  private Checkpoint read(Path path, int round, java.nio.file.Path scratch) throws IOException {
    Manifest manifest = manifest(path);
    if (manifest.round() != round) {
      throw new IllegalArgumentException(
          "its " + Manifest.NAME + " is of round " + manifest.round());
    }
    for (var file : manifest.files().entrySet()) {
      FileStatus status = files.getFileStatus(new Path(path, file.getKey()));
      if (status.getLen() != file.getValue().bytes()) {
        throw new IOException(
            String.format(
                "%s: expected %d bytes, it has %d",
                file.getKey(), file.getValue().bytes(), status.getLen()));
      }
    }
    Map<String, Manifest.Entry> attachments = new TreeMap<>(manifest.files());
    SerializableConfiguration settings = new SerializableConfiguration(files.getConf());
    List<TrainingSnapshot.Task> tasks =
        ConcurrentJobs.map(
            manifest.tasks(),
            READ_AT_ONCE,
            task -> {
              Manifest.Entry expected = manifest.files().get(task.file());
              StateReader reader = new StateReader(files, settings, path, task.file(), expected);
              try {
                reader.check();
              } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
              }
              return task.with(reader);
            });
    manifest.tasks().forEach(task -> attachments.remove(task.file()));
    for (var file : attachments.entrySet()) {
      HashingStream.copy(
          files,
          new Path(path, file.getKey()),
          file.getValue(),
          Files.newOutputStream(scratch.resolve(file.getKey())));
    }
    return new Checkpoint(manifest.of(), new TrainingSnapshot(round, tasks));
  }

  private Manifest manifest(Path path) throws IOException {
    Path file = new Path(path, Manifest.NAME);
    long length = files.getFileStatus(file).getLen();
    if (length > MOST_MANIFEST_BYTES) {
      throw new IOException(Manifest.NAME + " has " + length + " bytes");
    }
    try (var in = files.open(file)) {
      return Manifest.of(in.readNBytes((int) length));
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(Manifest.NAME + ": " + e.getMessage(), e);
    }
  }

  /** Deletes all checkpoints, and the folder if nothing else is in it. */
  public void deleteAll() {
    try {
      for (Path path : list()) {
        if (FOLDER.matcher(path.getName().replace(ASIDE, "")).matches()) {
          delete(path);
        }
      }
      madeFolder = true; // by this job's first run
      deleteIfEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the checkpoints in " + folder, e);
    }
  }

  private void deleteIfEmpty() throws IOException {
    if (claim == null && madeFolder && files.exists(folder) && list().isEmpty()) {
      files.delete(folder, false);
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }

  @Override
  public void close() {
    try (files) {
      if (claim != null) {
        claims().withdraw(claim.name());
        claim = null;
        deleteIfEmpty();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the file system of " + folder, e);
    }
  }

  private Path path(int round) {
    return new Path(folder, String.format(Locale.ROOT, "round-%06d", round));
  }

  private List<Path> list() {
    try {
      List<Path> paths = new ArrayList<>();
      if (files.exists(folder)) {
        for (FileStatus status : files.listStatus(folder)) {
          paths.add(status.getPath());
        }
      }
      return paths;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private void deleteQuietly(Path path) {
    try {
      files.delete(path, true);
    } catch (IOException e) {
      // the reason it is deleted for is being thrown and says more; the next writer tries again
    }
  }
}
