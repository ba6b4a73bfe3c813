package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.spark.TinyImages;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job on a tiny Vision Transformer, and what is done with its adapter. */
class ImageJobTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    TinyImages.write(folder.resolve("train"), 0, 18);
    TinyImages.write(folder.resolve("test"), 30, 5);
    Files.writeString(folder.resolve("train/rows/broken.png"), "nothing");
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        model: %s
        tasks:
          - name: stripes
            train: train/*/*
            test: test/*/*
        adapter:
          rank: 2
        training:
          epochs: 6
          batchSize: 6
          optimizer: {headLearningRate: 0.05}
        spark:
          examplesPerShard: 18
        report: {examples: true}
        baseline: true
        output: out
        """
            .formatted(TinyImages.VIT));
  }

  private CliRun train(String... options) {
    List<String> arguments = new ArrayList<>(List.of("train", path("job.yaml")));
    arguments.addAll(List.of(options));
    return CliRun.cola(arguments);
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private JsonNode results() throws IOException {
    return JSON.readTree(Files.readString(folder.resolve("out/results.json")));
  }

  @Test
  void fromFilesToWhatIsDoneWithTheAdapter() throws IOException {
    train().succeeds();
    JsonNode task = results().path("tasks").path(0);
    assertThat(task.path("accuracy").asDouble()).isEqualTo(1);
    assertThat(Files.readString(folder.resolve("out/quarantine.jsonl")))
        .contains("rows/broken.png", "is no PNG or JPEG");
    assertThat(Files.readString(folder.resolve("out/job.yaml")))
        .contains("image: image", "pooling: cls");

    String adapter = path("out/adapters/stripes");
    AdapterStore.Description description = AdapterStore.describe(Path.of(adapter));
    assertThat(description.columns()).isEqualTo(Map.of("image", "image", "label", "label"));
    assertThat(description.pooling()).isEqualTo(Pooling.CLS);

    String merged = path("merged");
    CliRun.cola("merge", adapter, "--output", merged).succeeds();
    assertThat(Path.of(merged, "preprocessor_config.json")).exists();
    for (String each : List.of(adapter, merged)) {
      CliRun run = CliRun.cola("evaluate", each, "--data", path("test/*/*"), "--json").succeeds();
      assertThat(JSON.readTree(run.out()).path("loss").asDouble())
          .as(each)
          .isCloseTo(task.path("loss").asDouble(), within(1e-4));
    }

    String lines = path("lines.jsonl");
    CliRun.cola("predict", adapter, "--data", path("test/*"), "--output", lines).succeeds();
    List<String> rows = Files.readAllLines(Path.of(lines));
    assertThat(rows).hasSize(10);
    for (String row : rows) {
      JsonNode line = JSON.readTree(row);
      Path file = Path.of(line.path("file").asText());
      assertThat(line.path("label").asText()).isEqualTo(file.getParent().getFileName().toString());
      assertThat(line.path("path").asText()).isEqualTo(file.toString());
      assertThat(line.has("text") || line.has("image")).isFalse();
    }

    String exported = path("peft");
    CliRun.cola("export", adapter, "--output", exported).succeeds();
    try (Safetensors file = Safetensors.open(Path.of(exported, "adapter_model.safetensors"))) {
      assertThat(file.names())
          .contains(
              "base_model.model.classifier.weight",
              "base_model.model.vit.layers.0.attention.q_proj.lora_A.weight");
    }
    JsonNode peft = JSON.readTree(Files.readString(Path.of(exported, "adapter_config.json")));
    assertThat(peft.required("task_type").isNull()).isTrue();
    assertThat(peft.path("modules_to_save").path(0).asText()).isEqualTo("classifier");
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedByName() throws IOException {
    train("--set", "tasks.0.columns.text=body")
        .failsWith(2, "tasks.0.columns.text needs an encoder of texts");
    train("--set", "tasks.0.columns.image=content", "--set", "model=" + TinyModel.FOLDER)
        .failsWith(2, "tasks.0.columns.image needs a vision transformer");
    train("--set", "model=" + TinyModel.FOLDER).failsWith(1, "column 'text' is not in");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
