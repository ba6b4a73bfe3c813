package io.github.cola4j.spark.track;

import io.github.cola4j.spark.claim.ProcessIdentity;
import io.github.cola4j.spark.claim.Staging;
import io.github.cola4j.spark.job.output.WriteFailure;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Curves for TensorBoard: a folder for each task with an event file for each run. A run that
 * resumes, or is made again, starts a file of its own, which tells TensorBoard that what older ones
 * have of the same steps and later ones is void.
 *
 * <p>On any of Hadoop's file systems: what has none that can be appended to gets its files written
 * again, at most twice a minute and when this is closed.
 */
public final class TensorBoardLog implements Consumer<RoundMetrics>, AutoCloseable {
  private static final long PAUSE_NANOS = 30_000_000_000L;

  /** TensorBoard puts tags that begin alike beside each other. */
  private static final Map<String, String> TAGS =
      Map.of(RoundValues.LOSS, "loss/train", RoundValues.VALIDATION_LOSS, "loss/validation");

  private final String folder;
  private final Consumer<String> notices;
  private final Staging staging; // null on the driver's disk
  private final Map<String, EventFile> files = new HashMap<>();
  private final Set<String> unsent = new TreeSet<>(); // tasks
  private long sent = System.nanoTime();
  private boolean failed;

  private TensorBoardLog(String folder, Staging staging, Consumer<String> notices) {
    this.folder = folder;
    this.staging = staging;
    this.notices = notices;
  }

  /**
   * Writes to a folder.
   *
   * @param folder a path of the driver's disk, or the URI of a file system
   * @param notices is notified when something cannot be written, which does not end a training
   * @throws IllegalArgumentException if its file system cannot be reached
   */
  public static TensorBoardLog at(String folder, Consumer<String> notices) {
    if (!Locations.isRemote(folder)) {
      return new TensorBoardLog(Locations.local(folder).toString(), null, notices);
    }
    HadoopFiles.of(new org.apache.hadoop.fs.Path(folder));
    try {
      return new TensorBoardLog(folder, Staging.create(), notices);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write event files", e);
    }
  }

  @Override
  public void accept(RoundMetrics round) {
    Map<String, Double> values = new LinkedHashMap<>();
    RoundValues.of(round)
        .forEach((name, value) -> values.put(TAGS.getOrDefault(name, name), value));
    double seconds = RoundValues.millis(round) / 1e3;
    attempt(
        () -> {
          EventFile file = files.get(round.task());
          if (file == null) {
            file = EventFile.create(place(round.task(), seconds), seconds, first(round));
            files.put(round.task(), file);
          }
          file.add(seconds, round.step(), values);
          unsent.add(round.task());
          if (System.nanoTime() - sent > PAUSE_NANOS) {
            send();
          }
        });
  }

  /** Of a training's first round everything before is another training's. */
  private static long first(RoundMetrics round) {
    return round.round() == 1 ? 0 : round.step();
  }

  private Path place(String task, double seconds) {
    Path root = staging == null ? Path.of(folder) : staging.folder();
    return IntStream.iterate(0, number -> number + 1)
        .mapToObj(
            number ->
                String.format(
                    Locale.ROOT,
                    "events.out.tfevents.%010d.%s.%d.cola4j",
                    (long) seconds,
                    ProcessIdentity.self(),
                    number))
        .map(root.resolve(task)::resolve)
        .filter(file -> !Files.exists(file))
        .findFirst()
        .orElseThrow();
  }

  private void send() throws IOException {
    sent = System.nanoTime();
    if (staging == null) {
      return;
    }
    for (String task : unsent.toArray(String[]::new)) {
      Path file = files.get(task).file();
      var target =
          new org.apache.hadoop.fs.Path(
              new org.apache.hadoop.fs.Path(folder, task), file.getFileName().toString());
      HadoopFiles.of(target).replace(file, target);
      unsent.remove(task);
    }
  }

  private interface Writing {
    void run() throws IOException;
  }

  private void attempt(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      if (!failed) {
        notices.accept(
            String.format(
                "WARNING: cannot write TensorBoard's events to %s: %s; training continues",
                folder, WriteFailure.reason(e)));
      }
      failed = true;
    }
  }

  @Override
  public void close() {
    attempt(this::send);
    if (staging != null) {
      attempt(staging::close);
    }
  }
}
