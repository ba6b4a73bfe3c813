package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.io.weights.Safetensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two tasks of dialogues in one job share what the scope says. */
class DecoderScopesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"task, false, false", "shared_a, true, false", "shared, true, true"})
  void tasksOfDialoguesShareWhatTheScopeSays(String scope, boolean a, boolean b) {
    TinyChatJob job = new TinyChatJob(folder);
    List<String> arguments =
        List.of(
            "train",
            job.path("job.yaml").toString(),
            "--master",
            "local[2]",
            "--set",
            "spark.scope=" + scope,
            "--set",
            "training.epochs=1",
            "--set",
            "tasks.0.choices=",
            "--set",
            "tasks.0.test=[]");
    CliRun.cola(arguments).succeeds();
    try (Safetensors shout = tensors(job, "shout");
        Safetensors spell = tensors(job, "spell")) {
      assertThat(same(shout, spell, ".A.")).isEqualTo(a);
      assertThat(same(shout, spell, ".B.")).isEqualTo(b);
      assertThat(same(shout, spell, "initial.")).isTrue();
    }
  }

  private static Safetensors tensors(TinyChatJob job, String task) {
    return Safetensors.open(Path.of(job.adapter(task)).resolve("adapter.safetensors"));
  }

  /** Whether all tensors of a kind are the same in both, or all differ. */
  private static boolean same(Safetensors one, Safetensors other, String kind) {
    List<Boolean> same =
        one.names().stream()
            .filter(
                name ->
                    name.startsWith("initial.") == kind.equals("initial.") && name.contains(kind))
            .map(
                name ->
                    Arrays.equals(
                        one.read(name, one.shape(name)), other.read(name, other.shape(name))))
            .distinct()
            .toList();
    assertThat(same).as(kind).hasSize(1);
    return same.get(0);
  }
}
