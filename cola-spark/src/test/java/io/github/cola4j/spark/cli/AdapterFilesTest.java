package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained adapter exported, imported and merged, and what is refused. */
class AdapterFilesTest {
  @TempDir static Path folder;

  @TempDir Path other;

  private static TinyJob job;
  private static String adapter;

  @BeforeAll
  static void train() {
    job = new TinyJob(folder);
    job.train().succeeds();
    adapter = job.path("out/adapters/topic").toString();
  }

  private String in(String name) {
    return other.resolve(name).toString();
  }

  private static String evaluation(String of) {
    return CliRun.cola("evaluate", of, "--data", job.path("test.jsonl").toString())
        .succeeds()
        .out();
  }

  @Test
  void throughPeftAndBackItAnswersTheSame() throws IOException {
    assertThat(CliRun.cola("export", adapter, "--output", in("peft")).succeeds().out())
        .contains("LORA, 12 modules, rank 4\n")
        .contains("A server needs --max-lora-rank 8 (vLLM) or 4");
    try (Stream<Path> files = Files.list(other.resolve("peft"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "adapter_config.json", "adapter_model.safetensors", "cola4j.json");
    }
    assertThat(
            CliRun.cola(importing("topic", "--classes", "fin,med", "--output", in("again")))
                .succeeds()
                .out())
        .contains("task topic, lora, 12 modules");
    assertThat(evaluation(in("again"))).isEqualTo(evaluation(adapter));
  }

  @Test
  void expertsWeighedByTokenAreNeitherExportedNorMergedNorCombined() {
    CliRun.cola(
            "train",
            job.path("job.yaml").toString(),
            "--set",
            "adapter={method: hydralora, rank: 2}",
            "--set",
            "training.epochs=1",
            "--output",
            in("gated"))
        .succeeds();
    String gated = in("gated/adapters/topic");
    for (List<String> command :
        List.of(
            List.of("export", gated, "--output", in("x")),
            List.of("merge", gated, "--output", in("x")),
            List.of("combine", gated, "--output", in("x")))) {
      CliRun.cola(command).failsWith(1, "experts are weighed for every token separately");
      assertThat(other.resolve("x")).doesNotExist();
    }
  }

  @Test
  void aResidualPairIsEvaluatedExportedAndTrainedOn() throws IOException {
    String file = job.path("job.yaml").toString();
    CliRun.cola(
            "train",
            file,
            "--set",
            "adapter.residual=4",
            "--set",
            "spark.averaging={rule: residual}",
            "--set",
            "training.optimizer={learningRate: 0.02, headLearningRate: 0.05}",
            "--output",
            in("first"))
        .succeeds();
    String residual = in("first/adapters/topic");
    String query = "encoder.layer.0.attention.self.query.";
    try (Safetensors tensors = Safetensors.open(Path.of(residual, "adapter.safetensors"))) {
      assertThat(tensors.read(query + "RA", 32, 4)).hasSize(128).isNotEqualTo(new float[128]);
    }
    JsonNode topic =
        new JsonMapper()
            .readTree(other.resolve("first/results.json").toFile())
            .path("tasks")
            .path(0);
    assertThat(evaluation(residual))
        .contains(
            String.format(
                Locale.ROOT,
                "accuracy %.2f%%, macro-F1 %.2f%%, loss %.4f",
                100 * topic.path("accuracy").asDouble(),
                100 * topic.path("macroF1").asDouble(),
                topic.path("loss").asDouble()));

    assertThat(CliRun.cola("export", residual, "--output", in("peft")).succeeds().out())
        .contains("rank 8\n", "--max-lora-rank 8 (vLLM) or 8");
    CliRun.cola(importing("topic", "--classes", "fin,med", "--output", in("again"))).succeeds();
    assertThat(evaluation(in("again"))).isEqualTo(evaluation(residual));
    assertThat(CliRun.cola("inspect", residual).succeeds().out())
        .contains("attention.self.query/RA");
    CliRun.cola(
            "train",
            file,
            "--set",
            "adapter=",
            "--set",
            "start=" + residual,
            "--set",
            "spark.averaging={rule: residual}",
            "--set",
            "training.optimizer={learningRate: 0, headLearningRate: 0}",
            "--output",
            in("on"))
        .succeeds();
    assertThat(evaluation(in("on/adapters/topic"))).isEqualTo(evaluation(residual));
    CliRun.cola("train", file, "--set", "spark.averaging={rule: residual}", "--output", in("x"))
        .failsWith(2, "adapter.residual: expected 1 or more, got 0");
    CliRun.cola("train", file, "--set", "adapter={method: dora, residual: 2}", "--output", in("x"))
        .failsWith(2, "cola, lora, rslora, lora+ or pissa; got dora");
  }

  @Test
  void trainingGoesOnFromAStoredOrAnImportedAdapter() throws IOException {
    CliRun.cola("export", adapter, "--output", in("peft")).succeeds();
    CliRun.cola(importing("topic", "--classes", "fin,med", "--output", in("adapters/topic")))
        .succeeds();
    String file = job.path("job.yaml").toString();
    List<String> starts = List.of(job.path("out/adapters").toString(), adapter, in("adapters"));
    for (int i = 0; i < starts.size(); i++) {
      String output = in("on" + i);
      String start = starts.get(i);
      CliRun.cola(
              "train",
              file,
              "--set",
              "adapter=",
              "--set",
              "start=" + start,
              "--set",
              "training.epochs=1",
              "--set",
              "training.optimizer={learningRate: 0, headLearningRate: 0}",
              "--output",
              output)
          .succeeds();
      assertThat(evaluation(output + "/adapters/topic")).isEqualTo(evaluation(adapter));
    }
    assertThat(Files.readString(other.resolve("on2/job.yaml")))
        .contains("method: lora", "start: " + in("adapters"));
    CliRun.cola("train", file, "--set", "start=" + in("adapters"), "--output", in("x"))
        .failsWith(2, "adapter: training starts from the adapter of 'start'");
    CliRun.cola(
            "train", file, "--set", "adapter=", "--set", "start=" + in("peft"), "--output", in("x"))
        .failsWith(2, "start: ", "has none for task 'topic'");
    CliRun.cola(
            "train",
            file,
            "--set",
            "adapter=",
            "--set",
            "start=" + adapter,
            "--set",
            "tasks.0.classes=[med, fin]",
            "--output",
            in("x"))
        .failsWith(1, "task 'topic' has the classes [med, fin]", "[fin, med]");
  }

  @Test
  void trainingGoesOnWithTheMomentsThatAreStored() throws IOException {
    Path bare = other.resolve("bare");
    Path fresh = other.resolve("fresh");
    for (Path copy : List.of(bare, fresh)) {
      Files.createDirectories(copy);
      for (String file : List.of("adapter.json", "adapter.safetensors")) {
        Files.copy(Path.of(adapter, file), copy.resolve(file));
      }
    }
    Map<String, SafetensorsWriter.Tensor> zeros = new TreeMap<>();
    int steps;
    try (Safetensors moments = Safetensors.open(Path.of(adapter, AdapterMoments.FILE))) {
      steps = Integer.parseInt(moments.metadata().get("steps"));
      for (String name : moments.names()) {
        long[] shape = moments.shape(name);
        int length = (int) LongStream.of(shape).reduce(1, (a, b) -> a * b);
        zeros.put(name, new SafetensorsWriter.Tensor(shape, new float[length]));
      }
    }
    SafetensorsWriter.write(fresh.resolve(AdapterMoments.FILE), zeros, Map.of("steps", "0"));

    byte[] anew = trainedOn(bare.toString(), "from-bare");

    assertThat(trainedOn(fresh.toString(), "from-fresh")).isEqualTo(anew);
    assertThat(trainedOn(adapter, "from-stored")).isNotEqualTo(anew);
    assertThat(steps("from-stored")).isEqualTo(steps + steps("from-bare"));
  }

  private byte[] trainedOn(String start, String output) throws IOException {
    CliRun.cola(
            "train",
            job.path("job.yaml").toString(),
            "--set",
            "adapter=",
            "--set",
            "start=" + start,
            "--set",
            "training.epochs=1",
            "--output",
            in(output))
        .succeeds();
    return Files.readAllBytes(other.resolve(output + "/adapters/topic/adapter.safetensors"));
  }

  private int steps(String output) {
    Path file = other.resolve(output + "/adapters/topic/" + AdapterMoments.FILE);
    try (Safetensors moments = Safetensors.open(file)) {
      return Integer.parseInt(moments.metadata().get("steps"));
    }
  }

  private List<String> importing(String task, String... more) {
    List<String> start =
        List.of("import", in("peft"), "--model", TinyModel.FOLDER.toString(), "--task", task);
    return Stream.concat(start.stream(), Stream.of(more)).toList();
  }

  @Test
  void exportsAreTheSameBytesAgain() {
    CliRun.cola("export", adapter, "--output", in("peft"), "--rank", "1").succeeds();
    CliRun.cola("export", adapter, "--output", in("once")).succeeds();
    CliRun.cola("export", adapter, "--output", in("peft"))
        .failsWith(2, "is not empty", "--overwrite");
    CliRun.cola("export", adapter, "--output", in("peft"), "--overwrite").succeeds();
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors", "cola4j.json")) {
      assertThat(other.resolve("peft").resolve(file))
          .hasSameBinaryContentAs(other.resolve("once").resolve(file));
    }
  }

  /** What reads a run's results reads a job's output, and what other commands made of it. */
  @Test
  void resultsOfEveryCommandAreEvaluatedAndPredict() throws IOException {
    CliRun.cola("merge", adapter, "--output", in("merged")).succeeds();
    CliRun.cola("combine", adapter, "--output", in("combined")).succeeds();
    String expected = evaluation(adapter);
    for (String of : List.of(job.path("out").toString(), in("merged"), in("combined"))) {
      assertThat(evaluation(of)).as(of).isEqualTo(expected);
    }
    String data = job.path("test.jsonl").toString();
    List<String> labelled = new ArrayList<>();
    for (String of : List.of(job.path("out").toString(), in("merged"))) {
      String output = in("labelled" + labelled.size() + ".jsonl");
      CliRun.cola("predict", of, "--task", "topic", "--data", data, "--output", output).succeeds();
      labelled.add(Files.readString(Path.of(output)).replaceAll("\"prob[^}]*\\}", ""));
    }
    assertThat(labelled.get(1)).contains("\"label\"").isEqualTo(labelled.get(0));
    CliRun.cola("evaluate", job.path("out").toString(), "--data", data, "--task", "tpic")
        .failsWith(2, "has no adapter of a task 'tpic'; it has topic");
    Files.createDirectories(other.resolve("stopped.checkpoints"));
    CliRun.cola("evaluate", in("stopped"), "--data", data)
        .failsWith(1, "stopped is not there: its run did not end", "--resume");
  }

  @Test
  void aMergedModelIsAModel() {
    assertThat(
            CliRun.cola("merge", adapter, "--output", in("merged"), "--shard-size", "20KB")
                .succeeds()
                .out())
        .contains("with adapter topic, float32 weights in");
    assertThat(CliRun.cola("inspect", in("merged")).succeeds().out()).contains("bert, 2 layers");
    assertThat(other.resolve("merged/model.safetensors.index.json")).exists();
    assertThat(other.resolve("merged/head.safetensors")).exists();
    CliRun.cola("evaluate", adapter, "--data", "x", "--model", in("merged"))
        .failsWith(1, "was trained on another model");
  }

  @Test
  void halfTypesAndTheBasesNameAreWrittenWhenAsked() throws IOException {
    assertThat(
            CliRun.cola(
                    "export",
                    adapter,
                    "--output",
                    in("peft"),
                    "--dtype",
                    "bf16",
                    "--base-name",
                    "org/tiny")
                .succeeds()
                .out())
        .containsPattern("rank 4, rounding loses 0\\.[1-4]\\d % of the adapter's change\n");
    assertThat(Files.readString(other.resolve("peft/adapter_config.json")))
        .contains("\"base_model_name_or_path\" : \"org/tiny\"");
    assertThat(
            CliRun.cola("export", adapter, "--output", in("stacked"), "--as-trained")
                .succeeds()
                .out())
        .contains("LORA, 12 modules, rank 4");
    assertThat(
            CliRun.cola(
                    "merge",
                    adapter,
                    "--output",
                    in("merged"),
                    "--dtype",
                    "f16",
                    "--base-name",
                    "org/tiny")
                .succeeds()
                .out())
        .contains("float16 weights in 1 file, rounding loses ");
    assertThat(Files.readString(other.resolve("merged/config.json")))
        .contains("\"_name_or_path\" : \"org/tiny\"", "\"float16\"");
    CliRun.cola("merge", adapter, "--output", in("x"), "--dtype", "int8")
        .failsWith(2, "--dtype", "int8");
    CliRun.cola("export", adapter, "--output", in("x"), "--as-trained", "--rank", "1")
        .failsWith(2, "--as-trained");
    CliRun.cola("export", adapter, "--output", in("x"), "--as-trained", "--rank-by-module")
        .failsWith(2, "leave --rank-by-module out");
  }

  @Test
  void namesDoNotLeaveTheOutput() throws IOException {
    CliRun.cola("export", adapter, "--output", in("peft")).succeeds();
    for (String name : List.of("../x", "/x", "..", "a/b", "")) {
      CliRun.cola(importing(name, "--classes", "fin,med", "--output", in("a/b")))
          .failsWith(2, "task name '" + name + "'");
    }
    try (Stream<Path> files = Files.list(other)) {
      assertThat(files).containsExactly(other.resolve("peft"));
    }
  }

  @Test
  void whatIsReadIsNotOverwritten() {
    CliRun.cola("export", adapter, "--output", adapter, "--overwrite").failsWith(2, "what is read");
    CliRun.cola("merge", adapter, "--output", job.path("out").toString(), "--overwrite")
        .failsWith(2, "what is read");
    assertThat(Path.of(adapter, "adapter.json")).exists();
  }

  @Test
  void optionsThatCannotBeMeantAreRefused() {
    CliRun.cola("export", adapter, "--output", in("x"), "--rank", "0").failsWith(2, "at least 1");
    CliRun.cola("export", adapter, "--output", in("x"), "--variance", "2")
        .failsWith(2, "at most 1, got 2.0");
    CliRun.cola("export", adapter, "--output", in("x"), "--rank", "1", "--variance", "1")
        .failsWith(2, "not both");
    CliRun.cola("export", adapter, "--output", in("x"), "--format", "onnx")
        .failsWith(2, "--format", "onnx");
    CliRun.cola("merge", adapter, "--output", in("x"), "--shard-size", "2XB")
        .failsWith(2, "--shard-size", "2XB");
    CliRun.cola("merge", adapter, "--output", "nosuch://x/y")
        .failsWith(2, "no file system for nosuch");
    CliRun.cola("export", in("nothing"), "--output", in("x")).failsWith(1, "holds no adapter");
    CliRun.cola(importing("t", "--classes", "a,b", "--output", in("x")))
        .failsWith(1, "no adapter of HF PEFT", "adapter_config.json");
    CliRun.cola(importing("t", "--output", in("x"))).failsWith(1, "needs classes");
    CliRun.cola(importing("t", "--classes", "a,a", "--output", in("x"))).failsWith(2, "task 't'");
    CliRun.cola(importing("t", "--max-length", "0", "--output", in("x"))).failsWith(2, "maxLength");
    assertThat(other).isEmptyDirectory();
  }
}
