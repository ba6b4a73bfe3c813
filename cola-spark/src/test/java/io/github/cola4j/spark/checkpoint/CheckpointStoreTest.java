package io.github.cola4j.spark.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.EndedProcess;
import io.github.cola4j.spark.training.StoredVectors;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.Evaluation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
  private static final Map<String, String> OF = Map.of("training.epochs", "3", "model", "tiny");

  @TempDir Path temporary;
  private Path folder;
  private Path scratch;
  private Path metrics;
  private final List<String> notices = new ArrayList<>();

  @BeforeEach
  void prepare() throws IOException {
    folder = temporary.resolve("a b/checkpoints");
    scratch = Files.createDirectories(temporary.resolve("scratch"));
    metrics = Files.writeString(temporary.resolve("metrics.jsonl"), "{\"round\":1}\n");
  }

  private CheckpointStore open(int keep) {
    return CheckpointStore.open(new Configuration(), uri(), keep);
  }

  private String uri() {
    return new org.apache.hadoop.fs.Path(folder.toUri()).toString();
  }

  private static Checkpoint checkpoint(int round) {
    return new Checkpoint(
        OF,
        new TrainingSnapshot(
            round,
            List.of(
                task("ünder", round, Map.of("theta", vector(round), "m", vector(7))),
                task("two", round, Map.of("theta", vector(-round), "best", vector(0))))));
  }

  private static float[] vector(int seed) {
    float[] vector = new float[3_000];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = seed + (float) Math.sin(i * seed);
    }
    vector[1] = -0.0f;
    vector[2] = Float.MIN_VALUE;
    return vector;
  }

  private static TrainingSnapshot.Task task(String name, int round, Map<String, float[]> vectors) {
    Evaluation validation =
        new Evaluation(new long[] {3, 1}, new long[] {4, 2}, new long[] {3, 3}, Math.PI / round);
    return task(name, round, 1, validation, vectors);
  }

  private static TrainingSnapshot.Task task(
      String name, int round, int best, Evaluation validation, Map<String, float[]> vectors) {
    return new TrainingSnapshot.Task(
        name,
        5 * round,
        round,
        best,
        validation,
        new TrainingSnapshot.Stopping(Double.NEGATIVE_INFINITY, Math.E, 2, round),
        () -> vectors);
  }

  private static void assertSame(Checkpoint actual, Checkpoint expected) {
    assertThat(actual)
        .usingRecursiveComparison()
        .ignoringFields("training.vectors", "training.tasks.vectors")
        .isEqualTo(expected);
    for (TrainingSnapshot.Task task : expected.training().tasks()) {
      Map<String, float[]> vectors = actual.training().task(task.name()).vectors().get();
      assertThat(vectors).containsOnlyKeys(task.vectors().get().keySet());
      task.vectors()
          .get()
          .forEach((name, vector) -> assertThat(vectors.get(name)).isEqualTo(vector));
    }
  }

  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    try (CheckpointStore store = open(2)) {
      assertThat(store.newest(scratch, notices::add)).isNull();
      assertThat(folder).doesNotExist();
      store.write(checkpoint(1), List.of(metrics));
      store.write(checkpoint(12), List.of(metrics));
    }
    try (CheckpointStore store = open(2)) {
      assertThat(store.rounds()).containsExactly(1, 12);
      assertSame(store.newest(scratch, notices::add), checkpoint(12));
    }
    assertThat(notices).isEmpty();
    assertThat(scratch.resolve("metrics.jsonl")).hasSameBinaryContentAs(metrics);
    assertThat(names(scratch)).containsExactly("metrics.jsonl");
    assertThat(names(folder.resolve("round-000012")))
        .containsExactly(
            "manifest.json", "metrics.jsonl", "task-00000.safetensors", "task-00001.safetensors");
  }

  /** What executors do, which have none of the driver's objects. */
  @Test
  void vectorsAreReadByWhoeverGetsTheirReader() throws Exception {
    try (CheckpointStore store = open(2)) {
      store.write(checkpoint(3), List.of(metrics));
      for (TrainingSnapshot.Task task : store.newest(scratch, notices::add).training().tasks()) {
        StoredVectors reader = (StoredVectors) task.vectors();
        assertThat(reader.onDriversDisk()).isTrue();
        StoredVectors elsewhere = sent(reader);
        assertThat(elsewhere.get().get("theta")).isEqualTo(reader.get().get("theta"));
      }
      Path file = folder.resolve("round-000003/task-00001.safetensors");
      StoredVectors second =
          sent(
              (StoredVectors) store.newest(scratch, notices::add).training().task("two").vectors());
      Files.writeString(file, "another");
      assertThatThrownBy(second::get)
          .isInstanceOf(UncheckedIOException.class)
          .hasStackTraceContaining("task-00001.safetensors: expected Entry[bytes=");
    }
  }

  private static StoredVectors sent(StoredVectors reader) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(reader);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (StoredVectors) in.readObject();
    }
  }

  @Test
  void oneRunAtATimeWrites() throws IOException {
    String dead = "running-" + EndedProcess.entry();
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(dead), "");
    try (CheckpointStore store = open(2);
        CheckpointStore second = open(2)) {
      store.claim();
      assertThat(names(folder)).hasSize(1).doesNotContain(dead);
      assertThatThrownBy(second::claim)
          .isInstanceOf(ClaimedException.class)
          .hasMessageContainingAll(
              "checkpoint.folder file:", "checkpoints: another run writes to it");
      store.write(checkpoint(1), List.of(metrics));
      assertThat(store.rounds()).containsExactly(1);
      Files.delete(folder.resolve(names(folder).get(1)));
      assertThatThrownBy(() -> store.write(checkpoint(2), List.of(metrics)))
          .hasMessageContainingAll("was deleted, so another run may write checkpoints there");
      second.claim();
    }
    assertThat(names(folder)).containsExactly("round-000001");
    try (CheckpointStore store = open(2)) {
      store.claim();
      store.deleteAll();
    }
    assertThat(folder).doesNotExist();
    try (CheckpointStore store = open(2)) {
      store.claim();
    }
    assertThat(folder).doesNotExist();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theLastAreKeptAndWhatStoppedWritersLeftIsDeleted() throws IOException {
    try (CheckpointStore store = open(2)) {
      store.write(checkpoint(9), List.of());
      Files.createDirectories(folder.resolve("round-000002.tmp"));
      Files.writeString(folder.resolve("other"), "not ours");
      for (int round = 1; round <= 4; round++) {
        store.write(checkpoint(round), List.of());
      }
      assertThat(names(folder)).containsExactly("other", "round-000003", "round-000004");
      store.deleteAll();
      assertThat(names(folder)).containsExactly("other");
      Files.delete(folder.resolve("other"));
      store.write(checkpoint(1), List.of());
      store.deleteAll();
      assertThat(folder).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest.json", "metrics.jsonl", "task-00001.safetensors"})
  void aDamagedOneIsToldAndTheOneBeforeIsUsed(String name) throws IOException {
    Path file = folder.resolve("round-000002").resolve(name);
    List<String> reasons = new ArrayList<>();
    try (CheckpointStore store = open(2)) {
      store.write(checkpoint(1), List.of(metrics));
      store.write(checkpoint(2), List.of(metrics));
      byte[] content = Files.readAllBytes(file);
      byte[] flipped = content.clone();
      flipped[content.length / 2] ^= 1;
      byte[][] damages = {flipped, Arrays.copyOf(content, content.length - 3), {}, null};
      for (byte[] damage : damages) {
        if (damage == null) {
          Files.delete(file);
        } else {
          Files.write(file, damage);
        }
        Checkpoint newest = store.newest(scratch, notices::add);
        assertThat(newest.training().round()).isEqualTo(1);
        assertSame(newest, checkpoint(1));
        assertThat(notices).hasSize(1);
        reasons.add(notices.remove(0));
      }
      assertThat(reasons)
          .allSatisfy(
              reason ->
                  assertThat(reason)
                      .startsWith("WARNING: checkpoint ")
                      .contains("round-000002 is damaged", name, "the one before is used"));
      Files.delete(folder.resolve("round-000001").resolve(name));
      assertThatThrownBy(() -> store.newest(scratch, notices::add))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("none of the 2 checkpoints in", "is complete", name);
    }
  }

  @Test
  void aTaskMayNotHaveBeenValidatedYet() throws IOException {
    Map<String, float[]> vectors = Map.of("theta", vector(1));
    try (CheckpointStore store = open(2)) {
      Checkpoint early =
          new Checkpoint(OF, new TrainingSnapshot(1, List.of(task("one", 1, 0, null, vectors))));
      store.write(early, List.of());
      assertSame(store.newest(scratch, notices::add), early);
      Checkpoint wrong =
          new Checkpoint(OF, new TrainingSnapshot(2, List.of(task("one", 2, 2, null, vectors))));
      assertThatThrownBy(() -> store.write(wrong, List.of()))
          .hasMessageContaining("the task 'one' is not complete");
    }
  }

  @Test
  void aManifestThatNamesOtherPlacesIsRefused() throws IOException {
    for (String name : List.of("../secret", "/etc/passwd", "a/b", "..", "manifest.json", "")) {
      assertThatThrownBy(
              () -> new Manifest(1, 1, OF, List.of(), Map.of(name, new Manifest.Entry(1, "00"))))
          .as(name)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is no name of a checkpoint's file");
    }
    byte[] other = new Manifest(1, 1, OF, List.of(), Map.of()).toBytes();
    assertThat(Manifest.of(other).of()).isEqualTo(OF);
    String later = new String(other, StandardCharsets.UTF_8).replace("\"3\"", "\"4\"");
    assertThatThrownBy(() -> Manifest.of(later.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("SHA-256");
  }

  @Test
  void aFullDiskLeavesTheOneBefore() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    configuration.setLong("faulty.bytes", 75_000);
    String uri = uri().replaceFirst("^file:", "faulty:");
    try (CheckpointStore store = CheckpointStore.open(configuration, uri, 2)) {
      store.write(checkpoint(1), List.of(metrics));
      assertThatThrownBy(() -> store.write(checkpoint(2), List.of(metrics)))
          .isInstanceOf(IOException.class)
          .hasMessage("No space left on device");
    } finally {
      // Hadoop would give it to others of this JVM
      FileSystem.get(URI.create("faulty:///"), configuration).close();
    }
    assertThat(names(folder)).containsExactly("round-000001");
    try (CheckpointStore store = open(2)) {
      assertSame(store.newest(scratch, notices::add), checkpoint(1));
    }
  }

  @Test
  void differencesAreToldKeyByKey() {
    assertThat(checkpoint(1).differences(OF)).isEmpty();
    assertThat(
            checkpoint(1).differences(Map.of("training.epochs", "5", "model", "tiny", "new", "x")))
        .containsExactly(
            "new: nothing in the checkpoint, x now", "training.epochs: 3 in the checkpoint, 5 now");
  }
}
