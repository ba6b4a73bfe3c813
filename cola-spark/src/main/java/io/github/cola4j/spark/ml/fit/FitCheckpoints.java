package io.github.cola4j.spark.ml.fit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.Sha256;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.checkpoint.Checkpoint;
import io.github.cola4j.spark.checkpoint.CheckpointStore;
import io.github.cola4j.spark.job.DataFingerprint;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.training.SnapshotListener;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.io.file.PathUtils;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one fit. They are in a folder whose name is the SHA-256 of what decides its
 * result, so that a repeated fit finds them, and other fits with the same {@code checkpointDir},
 * such as those of a CrossValidator, do not.
 */
final class FitCheckpoints {
  private static final Logger LOG = LoggerFactory.getLogger(FitCheckpoints.class);
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String ROUNDS = "rounds.jsonl";
  private static final int KEPT = 2;
  private static final int DIGITS = 16;

  private final CheckpointStore store;
  private final Map<String, String> identity;
  private final Path scratch;
  private final FitRounds rounds;

  private FitCheckpoints(
      CheckpointStore store, Map<String, String> identity, Path scratch, FitRounds rounds) {
    this.store = store;
    this.identity = identity;
    this.scratch = scratch;
    this.rounds = rounds;
  }

  /** Trains, from where an interrupted fit with the same params and data was. */
  static List<TrainedTask> train(
      FitParams<?> stage,
      Configuration configuration,
      MultiTaskTrainer trainer,
      List<? extends TaskData<?>> tasks,
      FitRounds rounds) {
    if (stage.getCheckpointDir().isEmpty()) {
      return trainer.train(tasks, rounds);
    }
    Map<String, String> identity = identity(stage, trainer, tasks);
    String folder = folder(stage.getCheckpointDir(), identity);
    try (CheckpointStore store = CheckpointStore.open(configuration, folder, KEPT)) {
      Path scratch = Files.createTempDirectory("cola-fit");
      try {
        store.claim();
        FitCheckpoints checkpoints = new FitCheckpoints(store, identity, scratch, rounds);
        TrainingSnapshot from = checkpoints.newest();
        List<TrainedTask> trained =
            trainer.train(
                tasks,
                rounds::accept,
                from,
                SnapshotListener.of(stage.getCheckpointInterval(), checkpoints::write));
        store.deleteAll();
        return trained;
      } finally {
        PathUtils.deleteDirectory(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot use checkpoints in " + folder + ": " + e.getMessage(), e));
    }
  }

  private TrainingSnapshot newest() throws IOException {
    Checkpoint newest = store.rounds().isEmpty() ? null : store.newest(scratch, LOG::warn);
    if (newest == null) {
      return null;
    }
    rounds.restore(scratch.resolve(ROUNDS));
    LOG.info("training resumes after round {}, from {}", newest.training().round(), store);
    return newest.training();
  }

  private void write(TrainingSnapshot training) {
    Path lines = scratch.resolve(ROUNDS);
    try {
      rounds.save(lines);
      store.write(new Checkpoint(identity, training), List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot write a checkpoint to " + store + ": " + e.getMessage(), e));
    }
  }

  private static String folder(String parent, Map<String, String> identity) {
    try {
      byte[] all = MAPPER.writeValueAsString(identity).getBytes(StandardCharsets.UTF_8);
      String name = "fit-" + Sha256.of(all).substring(0, DIGITS);
      return new org.apache.hadoop.fs.Path(parent, name).toString();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("keys and values are strings", e);
    }
  }

  private static Map<String, String> identity(
      FitParams<?> stage, MultiTaskTrainer trainer, List<? extends TaskData<?>> tasks) {
    Map<String, String> identity = new TreeMap<>();
    identity.put("adapter", stage.adapterConfig().toString());
    identity.put("training", stage.trainingConfig().toString());
    identity.put("rounds", stage.roundConfig().toString());
    identity.put("weights", stage.weightOptions().toString());
    identity.put("model", trainer.model().fingerprint());
    identity.put("adapter's starting values", Sha256.of(trainer.initial()));
    for (TaskData<?> task : tasks) {
      String data = "task '" + task.name() + "', ";
      identity.put(data + "objective", task.objective().toString());
      identity.put(data + "training", DataFingerprint.ordered(task.train()));
      if (task.validation() != null) {
        identity.put(data + "validation", DataFingerprint.ordered(task.validation()));
      }
    }
    return identity;
  }
}
