package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickStartTest {
  @TempDir Path folder;

  @Test
  void theQuickRunGivesResultsAndAJobToRunAgain() throws IOException {
    Path output = folder.resolve("quick");
    JsonNode printed = JsonRun.of("quickstart", "--quick", "--output", output.toString());

    JsonNode results = new JsonMapper().readTree(output.resolve("results.json").toFile());
    assertThat(printed.path("status").asText()).isEqualTo("trained");
    assertThat(printed.path("tasks")).isEqualTo(results.path("tasks"));
    assertThat(results.path("seconds").asDouble()).isPositive();
    assertThat(results.path("peakMemoryBytes").asLong()).isBetween(100_000_000L, 8_000_000_000L);
    assertThat(results.path("kernels").asText()).isEqualTo("cpu");
    assertThat(results.path("adapterParameters").asInt()).isEqualTo(829_440);
    JsonNode tasks = results.path("tasks");
    assertThat(tasks.findValuesAsText("task")).hasSize(4).doesNotHaveDuplicates();
    assertThat(tasks.findValuesAsText("classes")).contains("26", "15", "2");
    for (JsonNode task : tasks) {
      assertThat(task.path("trainExamples").asInt()).isBetween(150, 250);
      assertThat(task.path("testExamples").asInt()).isBetween(250, 350);
      double chance = 1.0 / task.path("classes").asInt();
      assertThat(task.path("probeAccuracy").asDouble()).isBetween(chance, 1.0);
      assertThat(task.path("accuracy").asDouble()).isBetween(chance, 1.0);
      assertThat(output.resolve("adapters/" + task.path("task").asText() + "/adapter.safetensors"))
          .isNotEmptyFile();
    }
    Job done = JobFile.read(output.resolve("job.yaml"), List.of());
    assertThat(done.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(done.withPooling(null))
        .isEqualTo(JobFile.read(folder.resolve("quick-data/job.yaml"), List.of()));

    byte[] before = Files.readAllBytes(output.resolve("results.json"));
    assertThat(Cola.run("quickstart", "--quick", "--output", output.toString())).isEqualTo(2);
    assertThat(output.resolve("results.json")).hasBinaryContent(before);
  }
}
