package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.spark.TinyImages;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on a tiny Vision Transformer whose blocks merge tokens. */
class TokenMergingJobTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    TinyImages.write(folder.resolve("train"), 0, 18);
    TinyImages.write(folder.resolve("test"), 30, 5);
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
          tokenMerging: {counts: [10, 5, 0, 3], modulation: true}
        training:
          epochs: 5
          batchSize: 6
          optimizer: {learningRate: 0.003, headLearningRate: 0.05}
        spark:
          examplesPerShard: 18
        output: out
        """
            .formatted(TinyImages.MERGING));
  }

  private CliRun train(String... options) {
    List<String> arguments = new ArrayList<>(List.of("train", path("job.yaml")));
    arguments.addAll(List.of(options));
    return CliRun.cola(arguments);
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private JsonNode task(String output) throws IOException {
    return JSON.readTree(Files.readString(folder.resolve(output).resolve("results.json")))
        .path("tasks")
        .path(0);
  }

  private static JsonNode evaluated(String adapter, String data) throws IOException {
    CliRun run = CliRun.cola("evaluate", adapter, "--data", data, "--json").succeeds();
    return JSON.readTree(run.out());
  }

  @Test
  void trainedResumedAndUsed() throws IOException {
    train().succeeds();
    assertThat(task("out").path("accuracy").asDouble()).isGreaterThanOrEqualTo(0.9);
    assertThat(Files.readString(folder.resolve("out/job.yaml")))
        .contains("tokenMerging:", "modulation: true");
    String adapter = path("out/adapters/stripes");
    assertThat(AdapterStore.describe(Path.of(adapter)).adapter().tokenMerging())
        .isEqualTo(new TokenMerging(List.of(10, 5, 0, 3), true));
    try (Safetensors file = Safetensors.open(Path.of(adapter, AdapterStore.TENSORS))) {
      float[] moved = file.read("layers.0.token_modulation.W_D", 1, 12);
      assertThat(moved).isNotEqualTo(new float[12]); // from which it started
    }
    assertThat(evaluated(adapter, path("test/*/*")).path("loss").asDouble())
        .isCloseTo(task("out").path("loss").asDouble(), within(1e-5));
    CliRun.cola("inspect", adapter).succeeds();
    String lines = path("lines.jsonl");
    CliRun.cola("predict", adapter, "--data", path("test/*"), "--output", lines).succeeds();
    assertThat(Files.readAllLines(Path.of(lines))).hasSize(10).allMatch(l -> l.contains("label"));
    for (String command : List.of("merge", "export")) {
      CliRun.cola(command, adapter, "--output", path("other"))
          .failsWith(1, "cannot be written without CoLA4J's code", "train without modulation");
    }

    StoppedJob.run(folder.resolve("job.yaml"), folder.resolve("stopped"), 3);
    train("--resume", "--output", path("stopped")).succeeds();
    for (String file : List.of(AdapterStore.TENSORS, "moments.safetensors")) {
      assertThat(folder.resolve("stopped/adapters/stripes").resolve(file))
          .hasSameBinaryContentAs(Path.of(adapter, file));
    }
  }

  /** Without modulation there is nothing to train, and what is written computes with all tokens. */
  @Test
  void withoutModulation() throws IOException {
    train("--set", "adapter.tokenMerging={counts: [10, 5, 0, 3]}", "--set", "baseline=true")
        .succeeds();
    String adapter = path("out/adapters/stripes");
    assertThat(task("out").path("accuracy").asDouble()).isGreaterThanOrEqualTo(0.9);
    double loss = evaluated(adapter, path("test/*/*")).path("loss").asDouble();
    assertThat(loss).isCloseTo(task("out").path("loss").asDouble(), within(1e-5));
    for (String command : List.of("merge", "export")) {
      CliRun run = CliRun.cola(command, adapter, "--output", path(command)).succeeds();
      assertThat(run.err()).contains(TokenMerging.LEFT_OUT);
    }
    assertThat(evaluated(path("merge"), path("test/*/*")).path("loss").asDouble())
        .isNotCloseTo(loss, within(1e-6));

    // the adapter says how tokens are merged where training starts from it
    train("--set", "start=" + path("out"), "--set", "adapter=", "--output", path("further"))
        .succeeds();
    assertThat(AdapterStore.describe(folder.resolve("further/adapters/stripes")).adapter())
        .isEqualTo(AdapterStore.describe(Path.of(adapter)).adapter());
  }

  /** What is no factor is averaged beside corrected pairs; batches are not shared. */
  @Test
  void otherRulesAndShardsSideBySide() throws IOException {
    String rule = "spark.averaging.rule=product";
    train("--set", rule).succeeds();
    assertThat(task("out").path("accuracy").asDouble()).isGreaterThanOrEqualTo(0.9);
    train("--set", rule, "--set", "spark.tokensTogether=5000", "--output", path("together"))
        .succeeds();
    String file = "adapters/stripes/" + AdapterStore.TENSORS;
    assertThat(folder.resolve("together").resolve(file))
        .hasSameBinaryContentAs(folder.resolve("out").resolve(file));
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedByName() throws IOException {
    train("--set", "adapter.tokenMerging.counts=[1, 2]")
        .failsWith(2, "adapter: tokenMerging.counts has 2 numbers, the model has 4 blocks");
    train("--set", "adapter.tokenMerging.counts=low")
        .failsWith(2, "the model has 4 blocks", "low and high are for models of 12");
    train("--set", "adapter.tokenMerging.counts=[1, -2, 0, 0]")
        .failsWith(2, "tokenMerging.counts must be 0 or more, got [1, -2, 0, 0]");
    train("--set", "adapter.tokenMerging.counts=[0, 0, 0, 0]")
        .failsWith(2, "merges nothing", "leave tokenMerging out");
    train("--set", "adapter.tokenMerging.counts=most")
        .failsWith(2, "expected low, high or a number for each block", "got 'most'");
    train("--set", "adapter.tokenMerging.counts=[1.5, 0, 0, 0]")
        .failsWith(2, "a whole number for each block, got 1.5");
    train("--set", "adapter.tokenMerging={modulation: true}")
        .failsWith(2, "tokenMerging needs counts");
    train("--set", "adapter.tokenMerging.count=1")
        .failsWith(2, "unknown key 'adapter.tokenMerging.count'; did you mean 'counts'?");
    train("--set", "pooling=last").failsWith(2, "pooling: expected mean, cls or head, got last");
    for (Path model : List.of(TinyModel.FOLDER, TinyModel.LLAMA)) {
      train("--set", "model=" + model)
          .failsWith(2, "tokenMerging needs a vision transformer (model_type vit), the model is");
    }
    train("--set", "adapter.method=lora", "--set", "training.boosting={steps: 2}")
        .failsWith(2, "training.boosting", "adapter.tokenMerging.modulation");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
