package io.github.cola4j.spark.job;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.checkpoint.Checkpoint;
import io.github.cola4j.spark.checkpoint.CheckpointStore;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.output.OutputPath;
import io.github.cola4j.spark.job.output.WriteFailure;
import io.github.cola4j.spark.job.spec.CheckpointConfig;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.track.Tracking;
import io.github.cola4j.spark.training.SnapshotListener;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** The checkpoints of one run of a job: found, read, written, and deleted when it is done. */
final class JobCheckpoints implements SnapshotListener, AutoCloseable {
  private static final String SUFFIX = ".checkpoints";
  private static final JsonMapper MAPPER = new JsonMapper();

  private final CheckpointConfig config;
  private final Resumption resumption;
  private final JobListener listener;
  private final CheckpointStore store; // null for none
  private Map<String, String> identity = Map.of();
  private Path metrics;
  private boolean stored;
  private boolean failed; // so that the job ends

  /**
   * Looks for checkpoints of an earlier run.
   *
   * @throws InvalidJobException if there are some and the run is not told what to do with them
   */
  static JobCheckpoints open(
      Configuration configuration,
      Job job,
      CheckpointConfig config,
      Resumption resumption,
      JobListener listener) {
    if (config.every() == 0) {
      return new JobCheckpoints(config, resumption, listener, null);
    }
    CheckpointStore store = CheckpointStore.open(configuration, folder(job, config), config.keep());
    try {
      claim(store);
      List<Integer> rounds = store.rounds();
      if (resumption == Resumption.REFUSE && !rounds.isEmpty()) {
        throw new InvalidJobException(
            String.format(
                "a run that did not end has left checkpoints in %s, the newest after round %d;"
                    + " resume with --resume, or delete them with --restart",
                store, rounds.get(rounds.size() - 1)),
            null);
      }
      return new JobCheckpoints(config, resumption, listener, store);
    } catch (Throwable e) {
      store.close();
      throw e;
    }
  }

  private static void claim(CheckpointStore store) {
    try {
      store.claim();
    } catch (ClaimedException e) {
      throw new InvalidJobException(e.getMessage(), e);
    } catch (IOException e) {
      throw new InvalidJobException(cannotWrite(store, e), e);
    }
  }

  private static String cannotWrite(CheckpointStore store, IOException reason) {
    return String.format(
        "cannot write a checkpoint to %s: %s; %s, name another checkpoint.folder, or write none"
            + " with checkpoint.every: 0",
        store, WriteFailure.reason(reason), WriteFailure.remedy(reason));
  }

  private static String folder(Job job, CheckpointConfig config) {
    if (config.folder() != null) {
      return config.folder();
    }
    if (Locations.isRemote(job.output())) {
      return new org.apache.hadoop.fs.Path(job.output()).suffix(SUFFIX).toString();
    }
    // as a URI, since Hadoop's default file system may be another
    Path output = OutputPath.real(OutputPath.local(job.output()));
    Path checkpoints = output.resolveSibling(output.getFileName() + SUFFIX);
    return new org.apache.hadoop.fs.Path(checkpoints.toUri()).toString();
  }

  private JobCheckpoints(
      CheckpointConfig config, Resumption resumption, JobListener listener, CheckpointStore store) {
    this.config = config;
    this.resumption = resumption;
    this.listener = listener;
    this.store = store;
  }

  /**
   * Refuses a run that is to go on and writes no checkpoints.
   *
   * @throws InvalidJobException if it is one
   */
  void requireAny() {
    if (store == null && resumption.resumes()) {
      throw new InvalidJobException(
          "checkpoint.every is 0, so there is nothing to resume from; leave --resume out", null);
    }
  }

  /** Whether there are any. */
  boolean on() {
    return store != null;
  }

  /**
   * Where training starts.
   *
   * @param of what decides the job's result
   * @param lines the file of metrics, which gets those of the rounds before
   * @return null to start from scratch
   * @throws InvalidJobException if the newest checkpoint is of another job
   */
  TrainingSnapshot start(Map<String, String> of, Path lines) {
    identity = of;
    metrics = lines;
    if (store == null || store.rounds().isEmpty()) {
      if (resumption.resumes()) {
        listener.progress("There is no checkpoint in " + store + ": training starts from scratch");
      }
      return null;
    }
    if (resumption == Resumption.RESTART) {
      listener.progress("The checkpoints of an earlier run in " + store + " are deleted");
      store.deleteAll();
      return null;
    }
    Checkpoint newest = store.newest(lines.toAbsolutePath().getParent(), listener::warning);
    TrainingSnapshot training = newest.training();
    requireSame(newest);
    listener.resumes(training.round());
    listener.progress("Training resumes after round " + training.round() + ", from " + store);
    stored = true;
    return training;
  }

  private void requireSame(Checkpoint newest) {
    List<String> differences = newest.differences(identity);
    if (differences.isEmpty()) {
      return;
    }
    String told =
        String.format(
            "the checkpoint after round %d in %s is of another job: %s",
            newest.training().round(), store, String.join("; ", differences));
    boolean sameStart =
        String.valueOf(newest.of().get(JobIdentity.INITIAL))
            .equals(identity.get(JobIdentity.INITIAL));
    if (resumption == Resumption.RESUME) {
      throw new InvalidJobException(
          told
              + ". Undo the change, or start from scratch with --restart"
              + (sameStart ? ", or resume with --resume-anyway" : ""),
          null);
    }
    if (!sameStart) {
      throw new InvalidJobException(
          told
              + ". States mean nothing with other starting values; start from scratch with"
              + " --restart",
          null);
    }
    listener.warning("WARNING: " + told + "; training resumes anyway");
  }

  @Override
  public int every() {
    return store == null ? Integer.MAX_VALUE : config.every();
  }

  /**
   * Stores a round. A checkpoint that cannot be written is logged, and training continues, if there
   * is one before; without one it would go on unprotected from the first round.
   */
  @Override
  public void accept(TrainingSnapshot training) {
    if (store == null) {
      return;
    }
    try {
      write(training);
    } catch (IOException e) {
      if (!stored) {
        failed = true;
        throw new UncheckedIOException(new IOException(cannotWrite(store, e), e));
      }
      listener.warning(
          String.format(
              "WARNING: cannot write a checkpoint to %s: %s; training continues, and the checkpoint"
                  + " before stays",
              store, WriteFailure.reason(e)));
    }
  }

  @Override
  public void cutShort(TrainingSnapshot last) {
    if (store == null || failed) {
      return;
    }
    try {
      keepLines(last.round());
      write(last);
    } catch (IOException e) {
      listener.warning(
          "WARNING: cannot write a checkpoint to " + store + ": " + WriteFailure.reason(e));
    }
  }

  /** Drops lines of rounds that did not end. */
  private void keepLines(int rounds) throws IOException {
    List<String> kept = new ArrayList<>();
    for (String line : Files.readAllLines(metrics)) {
      if (MAPPER.readTree(line).path("round").asInt() <= rounds) {
        kept.add(line);
      }
    }
    Files.write(metrics, kept);
  }

  private void write(TrainingSnapshot training) throws IOException {
    List<Path> kept =
        Stream.of(metrics, metrics.resolveSibling(Tracking.RUN)).filter(Files::exists).toList();
    store.write(new Checkpoint(identity, training), kept);
    stored = true;
  }

  /**
   * Whether a result is what became of them: a run was killed after it had put it in place.
   *
   * @param output the result
   */
  boolean ledTo(Output output) throws IOException {
    byte[] stored = store.newestAttachment(Output.METRICS);
    if (stored == null || stored.length == 0) {
      return false;
    }
    try (InputStream in = output.open(Output.METRICS)) {
      // no other run has the same times
      return in != null && Arrays.equals(in.readNBytes(stored.length), stored);
    }
  }

  /** Whether an earlier run has left some. */
  boolean any() {
    return store != null && !store.rounds().isEmpty();
  }

  /** Deletes them, when the results have been stored. */
  void done() {
    if (store != null) {
      store.deleteAll();
    }
  }

  @Override
  public void close() {
    if (store != null) {
      store.close();
    }
  }
}
