package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped comparison of ways of averaging: its commands, and all of them in small. */
@Tag("long")
class CompareAveragingTest {
  private static final ShippedComparison COMPARISON =
      new ShippedComparison(Path.of("jobs/compare-averaging.yaml"));

  @TempDir Path folder;

  @Test
  void theCommandsAtTheTopAreThoseOfTheCommandLine() throws IOException {
    assertThat(COMPARISON.commands()).hasSize(2);
  }

  @Test
  void everyWayRunsInSmall() throws IOException {
    Path output =
        COMPARISON.runInSmall(
            folder,
            10,
            "--set",
            "job.spark.examplesPerShard=10",
            "--set",
            "job.spark.localSteps=1");

    Map<String, Long> bytes = new HashMap<>();
    for (String method :
        List.of(
            "mean",
            "alternating",
            "frozen-a",
            "product",
            "fair",
            "residual",
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
    assertThat(bytes.get("residual")).isEqualTo(bytes.get("mean"));
    assertThat(bytes.get("moments-reset")).isEqualTo(bytes.get("mean") / 3);
    assertThat(bytes.get("gradients")).isEqualTo(bytes.get("mean") / 3);
  }
}
