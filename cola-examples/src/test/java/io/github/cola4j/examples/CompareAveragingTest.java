package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.cli.Cola;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped comparison of ways of averaging: its commands, and all of them in small. */
class CompareAveragingTest {
  private static final Path FILE = Path.of("jobs/compare-averaging.yaml");
  private static final Path TINY_MODEL =
      Path.of("../cola-core/src/test/resources/goldens/bert/model").toAbsolutePath().normalize();

  @TempDir Path folder;

  @Test
  void theCommandsAtTheTopAreThoseOfTheCommandLine() throws IOException {
    List<List<String>> commands =
        Files.readAllLines(FILE).stream()
            .filter(line -> line.startsWith("#   bin/cola "))
            .map(line -> Arrays.asList(line.substring("#   bin/cola ".length()).split(" ")))
            .toList();
    assertThat(commands).hasSize(2);
    for (List<String> command : commands) {
      Cola.commandLine().parseArgs(command.toArray(String[]::new));
    }
    assertThat(Path.of("..").resolve(commands.get(1).get(1))).isRegularFile();
  }

  @Test
  void everyWayRunsInSmall() throws IOException {
    Path data = folder.resolve("data");
    assertThat(
            Cola.execute("wordnet", data.toString(), "--train=40", "--validation=8", "--test=10"))
        .isZero();
    Path file =
        Files.writeString(
            folder.resolve("compare.yaml"),
            Files.readString(FILE).replace("../../cola-output-wordnet", data.toString()));
    Path output = folder.resolve("compared");
    assertThat(
            Cola.execute(
                "compare", file.toString(),
                "--master", "local[2]",
                "--output", output.toString(),
                "--set", "job.model=" + TINY_MODEL,
                "--set", "job.training.epochs=1",
                "--set", "job.spark.examplesPerShard=10",
                "--set", "job.spark.localSteps=1",
                "--set", "seeds=[7]",
                "--set", "samples=[20]"))
        .isZero();

    Map<String, Long> bytes = new HashMap<>();
    for (String method :
        List.of(
            "mean",
            "alternating",
            "frozen-a",
            "product",
            "fair",
            "moments-reset",
            "moments-kept",
            "outer",
            "gradients")) {
      Path metrics = output.resolve("runs").resolve(method).resolve("20/7/metrics.jsonl");
      JsonNode first = new JsonMapper().readTree(Files.readAllLines(metrics).get(0));
      assertThat(first.path("shards").asInt()).isEqualTo(2);
      bytes.put(method, first.path("bytesFromExecutors").asLong());
    }
    assertThat(bytes.get("alternating")).isLessThan(bytes.get("mean") * 2 / 3);
    assertThat(bytes.get("frozen-a")).isEqualTo(bytes.get("alternating"));
    assertThat(bytes.get("product")).isEqualTo(bytes.get("mean"));
    assertThat(bytes.get("moments-reset")).isEqualTo(bytes.get("mean") / 3);
    assertThat(bytes.get("gradients")).isEqualTo(bytes.get("mean") / 3);
  }
}
