package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How texts become embeddings, from the job file to what is done with the adapter. */
class PoolingTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path ROBERTA =
      TinyModel.FOLDER.resolve("../../encoder/roberta/model").normalize();

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() {
    job = new TinyJob(folder);
  }

  private Pooling stored(String output) {
    return AdapterStore.describe(job.path(output + "/adapters/topic")).pooling();
  }

  private JsonNode results() throws IOException {
    return JSON.readTree(Files.readString(job.path("out/results.json"))).path("tasks").path(0);
  }

  @Test
  void whatIsTrainedIsStoredEvaluatedExportedMergedAndStartedFrom() throws IOException {
    String adapter = job.path("out/adapters/topic").toString();
    job.train("--set", "model=" + ROBERTA, "--set", "pooling=head", "--set", "baseline=true")
        .succeeds();
    assertThat(stored("out")).isEqualTo(Pooling.HEAD);
    assertThat(Files.readString(job.path("out/job.yaml"))).contains("pooling: head");

    String test = job.path("test.jsonl").toString();
    String merged = job.path("merged").toString();
    CliRun.cola("merge", adapter, "--output", merged).succeeds();
    for (String each : List.of(adapter, merged)) {
      CliRun run = CliRun.cola("evaluate", each, "--data", test, "--json").succeeds();
      assertThat(JSON.readTree(run.out()).path("loss").asDouble())
          .as(each)
          .isCloseTo(results().path("loss").asDouble(), within(1e-4));
    }

    String exported = job.path("peft").toString();
    CliRun.cola("export", adapter, "--output", exported).succeeds();
    try (Safetensors file = Safetensors.open(Path.of(exported, "adapter_model.safetensors"))) {
      assertThat(file.names())
          .contains(
              "base_model.model.classifier.dense.weight",
              "base_model.model.classifier.dense.bias",
              "base_model.model.classifier.out_proj.weight");
    }
    String imported = job.path("imported").toString();
    CliRun.cola(
            "import",
            exported,
            "--model",
            ROBERTA.toString(),
            "--task",
            "topic",
            "--classes",
            "fin,med",
            "--output",
            imported)
        .succeeds();
    assertThat(AdapterStore.describe(Path.of(imported)).pooling()).isEqualTo(Pooling.HEAD);

    String[] on = {"--set", "model=" + ROBERTA, "--set", "start=" + adapter};
    job.train(on[0], on[1], on[2], on[3], "--set", "output=" + job.path("on")).succeeds();
    assertThat(stored("on")).isEqualTo(Pooling.HEAD);
    job.train(
            on[0], on[1], on[2], on[3], "--set", "output=" + job.path("no"), "--set", "pooling=cls")
        .failsWith(2, "pooling", "head", "cls");
  }

  @Test
  void withoutTheKeyItIsWhatSentenceTransformersSay() throws IOException {
    Path model = TinyModel.copyTo(job.path("model"));
    job.write("model/1_Pooling/config.json", "{\"pooling_mode_cls_token\": true}");
    job.train("--set", "model=" + model).succeeds();
    assertThat(stored("out")).isEqualTo(Pooling.CLS);
    job.write("model/1_Pooling/config.json", "{\"pooling_mode_max_tokens\": true}");
    job.train("--set", "model=" + model, "--set", "output=" + job.path("max"))
        .failsWith(2, "pooling_mode_max_tokens", "set 'pooling' in the job file");
    job.train(
            "--set",
            "model=" + model,
            "--set",
            "output=" + job.path("last"),
            "--set",
            "pooling=last")
        .succeeds();
    assertThat(stored("last")).isEqualTo(Pooling.LAST);
  }

  /** Told by the key alone that it is to classify and not to answer. */
  @Test
  void aDecoderClassifiesByItsLastToken() throws IOException {
    job.train(
            "--set",
            "model=" + TinyModel.LLAMA,
            "--set",
            "pooling=last",
            "--set",
            "training.epochs=12",
            "--set",
            "training.optimizer.learningRate=0.01",
            "--set",
            "baseline=true",
            "--set",
            "output=" + job.path("llama"))
        .succeeds();
    assertThat(stored("llama")).isEqualTo(Pooling.LAST);
    JsonNode task =
        new JsonMapper().readTree(job.path("llama/results.json").toFile()).at("/tasks/0");
    assertThat(task.path("accuracy").asDouble()).isGreaterThan(0.9);
    assertThat(task.path("probeAccuracy").isNumber()).isTrue();
    CliRun.cola(
            List.of(
                "predict",
                job.path("llama/adapters/topic").toString(),
                "--data",
                job.path("test.jsonl").toString(),
                "--output",
                job.path("labelled.jsonl").toString(),
                "--master",
                "local[2]"))
        .succeeds();
    assertThat(Files.readAllLines(job.path("labelled.jsonl")))
        .hasSize(8)
        .allMatch(line -> line.contains("\"probabilities\""));
  }

  @Test
  void whatCannotBeComputedIsRefusedByName() {
    job.trainFails(2, List.of("--set", "pooling=max"), "pooling", "mean", "cls", "last", "head");
    String other = "output=" + job.path("other");
    job.train("--set", "pooling=head", "--set", other)
        .failsWith(2, "expected mean, cls or last, got head");
    job.train("--set", "pooling=mean", "--set", "model=" + TinyModel.LLAMA, "--set", other)
        .failsWith(2, "pooling: expected last, got mean");
    assertThat(job.path("other")).doesNotExist();
  }
}
