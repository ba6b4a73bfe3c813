package io.github.cola4j.spark.track;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.checkpoint.FaultyFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {
  private static final String SETTING = "spark.hadoop.fs.faulty.impl";

  @TempDir Path folder;
  private final List<String> notices = new ArrayList<>();

  @AfterEach
  void removeFileSystem() {
    System.clearProperty(SETTING);
  }

  private void log(String to, int from, int last, String... tasks) {
    try (TensorBoardLog log = TensorBoardLog.at(to, notices::add)) {
      for (int round = from; round <= last; round++) {
        for (String task : tasks) {
          log.accept(TinyRounds.round(round, task));
        }
      }
    }
  }

  @Test
  void eachTaskHasItsCurves() throws IOException {
    log(folder.toString(), 1, 2, "law", "topic");
    for (String task : List.of("law", "topic")) {
      Events events = Events.in(folder.resolve(task));
      assertThat(events.tags())
          .containsExactly(
              "accuracy",
              "examplesPerSecond",
              "gpuMemoryBytes",
              "gpuUtilization",
              "gradientNorm",
              "learningRate",
              "loss/train",
              "loss/validation",
              "macroF1");
      assertThat(events.scalars("loss/train")).isEqualTo(Map.of(5L, 0.2f, 10L, 0.1f));
      assertThat(events.scalars("loss/validation")).isEqualTo(Map.of(5L, 0.1f, 10L, 0.05f));
      assertThat(events.scalars("gpuMemoryBytes")).containsEntry(5L, (float) TinyRounds.GPU_BYTES);
      assertThat(events.starts()).containsExactly(0L);
    }
    assertThat(notices).isEmpty();
  }

  @Test
  void valuesCanBeSeenWhileTrainingGoesOn() throws IOException {
    try (TensorBoardLog log = TensorBoardLog.at(folder.toString(), notices::add)) {
      log.accept(TinyRounds.round(1, "law"));
      assertThat(Events.in(folder.resolve("law")).scalars("accuracy")).containsOnlyKeys(5L);
    }
  }

  @Test
  void aResumedRunTakesTheStepsThatItTrainsAgain() throws IOException {
    log(folder.toString(), 1, 3, "law");
    log(folder.toString(), 3, 4, "law");
    Events events = Events.in(folder.resolve("law"));
    assertThat(events.starts()).containsExactly(0L, 15L);
    assertThat(events.scalars("loss/train")).containsOnlyKeys(5L, 10L, 15L, 20L);
  }

  @Test
  void aNewRunMakesAnOlderOneVoid() throws IOException {
    log(folder.toString(), 1, 4, "law");
    log(folder.toString(), 1, 1, "law");
    Events events = Events.in(folder.resolve("law"));
    assertThat(events.starts()).containsExactly(0L, 0L);
    assertThat(events.scalars("loss/train")).containsOnlyKeys(5L);
  }

  @Test
  void anotherFileSystemHasThemWhenItIsClosed() throws IOException {
    System.setProperty(SETTING, FaultyFileSystem.class.getName());
    log("faulty://" + folder.resolve("events"), 1, 3, "law");
    assertThat(Events.in(folder.resolve("events/law")).scalars("loss/train")).hasSize(3);
    assertThat(notices).isEmpty();
  }

  @Test
  void whatCannotBeWrittenIsToldOnceAndTrainingGoesOn() throws IOException {
    Files.writeString(folder.resolve("law"), "in the way");
    log(folder.toString(), 1, 3, "law", "topic");
    assertThat(notices).singleElement().asString().contains("cannot write", "training continues");
    assertThat(Events.in(folder.resolve("topic")).scalars("loss/train")).hasSize(3);
  }
}
