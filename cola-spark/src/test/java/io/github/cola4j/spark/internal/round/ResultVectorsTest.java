package io.github.cola4j.spark.internal.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.train.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultVectorsTest {
  private static TaskState state(int task, int length) {
    float[][] vectors = new float[3][length];
    for (int v = 0; v < 3; v++) {
      for (int i = 0; i < length; i++) {
        vectors[v][i] = 1000 * task + 100 * v + i + 0.25f;
      }
    }
    vectors[0][0] = -0.0f;
    vectors[1][0] = Float.MIN_VALUE;
    return new TaskState(vectors[0], vectors[1], vectors[2], task);
  }

  @Test
  void thoseThatMemoryHasNoRoomForComeFromAFile(@TempDir Path folder) throws IOException {
    TaskState first = state(0, 10);
    // an eighth of it has room for two
    ResultVectors results = new ResultVectors(8 * 2 * first.bytes(), folder.resolve("new"));
    List<Supplier<TaskState>> kept = new ArrayList<>();
    for (int task = 0; task < 5; task++) {
      kept.add(results.keep(task == 0 ? first : state(task, 10 + task)));
    }

    assertThat(kept.get(0).get()).isSameAs(first);
    for (int task = 4; task >= 0; task--) {
      TaskState state = kept.get(task).get();
      TaskState expected = state(task, 10 + task);
      assertThat(state.theta()).isEqualTo(expected.theta());
      assertThat(state.m()).isEqualTo(expected.m());
      assertThat(state.v()).isEqualTo(expected.v());
      assertThat(state.step()).isEqualTo(task);
    }
    assertThat(kept.get(4).get()).isNotSameAs(kept.get(4).get());
    try (var files = Files.list(folder.resolve("new"))) {
      assertThat(files).as("nothing is left where the JVM ends").isEmpty();
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsSaid(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    ResultVectors results = new ResultVectors(0, file);

    assertThatThrownBy(() -> results.keep(state(1, 4)))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("spark.local.dir");
  }
}
