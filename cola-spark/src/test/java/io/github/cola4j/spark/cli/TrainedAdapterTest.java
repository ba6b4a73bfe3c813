package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One training, and everything that is made and done with its output. */
class TrainedAdapterTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  @TempDir Path other;

  private static TinyJob job;
  private static CliRun training;

  @BeforeAll
  static void train() {
    job = new TinyJob(folder);
    String longText = "the bank ".repeat(40);
    job.write(
        "train.jsonl",
        TinyJob.lines(24)
            + "not JSON\n{\"text\": \"\", \"label\": \"fin\"}\n{\"text\": \""
            + longText
            + "\", \"label\": \"fin\"}\n");
    job.addPairs();
    training = job.train("--set", "baseline=true").succeeds();
  }

  private static Path adapter() {
    return job.path("out/adapters/topic");
  }

  private static JsonNode results() throws IOException {
    return JSON.readTree(Files.readString(job.path("out/results.json")));
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  @Test
  void theFolderHasTheseFilesAndNoOthers() throws IOException {
    Path out = job.path("out");
    try (Stream<Path> files = Files.walk(out)) {
      assertThat(files.filter(Files::isRegularFile).map(out::relativize).map(Path::toString))
          .containsExactlyInAnyOrder(
              "job.yaml",
              "results.json",
              "metrics.jsonl",
              "report.html",
              "quarantine.jsonl",
              "adapters/topic/adapter.json",
              "adapters/topic/adapter.safetensors",
              "adapters/topic/moments.safetensors",
              "adapters/pairs/adapter.json",
              "adapters/pairs/adapter.safetensors",
              "adapters/pairs/moments.safetensors");
    }
    assertThat(TinyJob.running(job.folder, "out")).isEmpty();
  }

  @Test
  void resultsSayWhatWasDone() throws IOException {
    JsonNode topic = results().path("tasks").path(0);
    assertThat(topic.path("task").asText()).isEqualTo("topic");
    assertThat(topic.path("classes").asInt()).isEqualTo(2);
    assertThat(topic.path("trainExamples").asInt()).isEqualTo(25);
    assertThat(topic.path("testExamples").asInt()).isEqualTo(8);
    assertThat(topic.path("truncated").asInt()).isEqualTo(1);
    assertThat(topic.path("badRows").asInt()).isEqualTo(2);
    assertThat(topic.path("rounds").asInt()).isEqualTo(2);
    assertThat(topic.path("bestRound").asInt()).isBetween(1, 2);
    for (String share : List.of("accuracy", "macroF1", "probeAccuracy", "validationAccuracy")) {
      assertThat(topic.path(share).isDouble()).as(share).isTrue();
      assertThat(topic.path(share).asDouble()).as(share).isBetween(0.0, 1.0);
    }
    JsonNode pairs = results().path("tasks").path(1);
    assertThat(pairs.path("trainExamples").asInt()).isEqualTo(1); // the other one validates
    assertThat(pairs.path("testExamples").asInt()).isZero();
    assertThat(pairs.has("accuracy")).isFalse();
    assertThat(pairs.has("probeAccuracy")).isFalse();
    assertThat(results().path("seconds").asDouble()).isPositive();
    assertThat(results().path("peakMemoryBytes").asLong()).isGreaterThan(50_000_000);
    // two layers of 4 · (32, 32), (32, 64) and (64, 32); two A and three B matrices of rank 2
    assertThat(results().path("adapterParameters").asInt())
        .isEqualTo(2 * 2 * (4 * (2 * 32 + 3 * 32) + (2 * 32 + 3 * 64) + (2 * 64 + 3 * 32)));
    assertThat(training.out())
        .contains(
            "topic", "pairs", "linear probe", "Results, metrics and adapters: " + job.path("out"));
  }

  @Test
  void metricsHaveALineARoundAndTask() throws IOException {
    List<JsonNode> metrics = lines(job.path("out/metrics.jsonl"));
    assertThat(metrics.stream().map(m -> m.path("round").asInt() + " " + m.path("task").asText()))
        .containsExactly("1 topic", "1 pairs", "2 topic", "2 pairs");
    JsonNode last = metrics.get(2);
    assertThat(last.path("step")).isEqualTo(last.path("totalSteps"));
    assertThat(last.path("examples").asInt()).isEqualTo(25);
    assertThat(last.path("shards").asInt()).isEqualTo(3);
    assertThat(last.path("bytesFromExecutors").asLong())
        .isEqualTo(last.path("bytesToExecutors").asLong());
    assertThat(last.path("secondsLeft").asDouble()).isZero();
    assertThat(last.path("gradientNorm").asDouble()).isPositive();
    assertThat(metrics.get(0).path("learningRate").asDouble())
        .isGreaterThan(last.path("learningRate").asDouble())
        .isLessThan(1);
    assertThat(metrics)
        .extracting(line -> Instant.parse(line.path("timestamp").asText()))
        .isSorted()
        .allMatch(when -> Duration.between(when, Instant.now()).toHours() < 1);
    assertThat(training.err().lines().filter(line -> line.matches(" +[12]  (topic|pairs) .*")))
        .hasSize(4);
  }

  @Test
  void theQuarantineNamesFileAndLine() throws IOException {
    List<JsonNode> bad = lines(job.path("out/quarantine.jsonl"));
    assertThat(bad.stream().map(row -> row.path("line").asInt())).containsExactly(25, 26);
    assertThat(bad)
        .allMatch(row -> row.path("file").asText().equals(job.path("train.jsonl").toString()));
    assertThat(bad.get(0).path("content").asText()).isEqualTo("not JSON");
    assertThat(bad.get(0).path("reason").asText()).contains("JSON");
    assertThat(bad.get(1).path("reason").asText()).contains("column 'text'");
  }

  @Test
  void theJobAsRunGivesTheSameBitsAgain() throws IOException {
    Path again = other.resolve("again");
    CliRun.cola(
            "train",
            job.path("out/job.yaml").toString(),
            "--master",
            "local[1]",
            "--output",
            again.toString())
        .succeeds();
    for (String file :
        List.of("topic/adapter.safetensors", "pairs/adapter.safetensors", "topic/adapter.json")) {
      assertThat(again.resolve("adapters").resolve(file))
          .hasSameBinaryContentAs(job.path("out/adapters").resolve(file));
    }
    assertThat(Files.readString(again.resolve("job.yaml")).replace(again.toString(), "OUT"))
        .isEqualTo(
            Files.readString(job.path("out/job.yaml")).replace(job.path("out").toString(), "OUT"))
        .contains("rank: 2", "learningRate: 3.0E-4", "patience: 4", "pairing: full");
  }

  @Test
  void evaluateTellsTheAccuracyOfTheResults() throws IOException {
    CliRun run =
        CliRun.cola("evaluate", adapter().toString(), "--data", job.path("test.jsonl").toString())
            .succeeds();
    JsonNode topic = results().path("tasks").path(0);
    assertThat(run.out())
        .isEqualTo(
            String.format(
                java.util.Locale.ROOT,
                "topic: 8 examples, accuracy %.2f%%, macro-F1 %.2f%%, loss %.4f; 0 bad rows%n",
                100 * topic.path("accuracy").asDouble(),
                100 * topic.path("macroF1").asDouble(),
                topic.path("loss").asDouble()));
  }

  @Test
  void theAdapterSaysWhatItWasTrainedWith() throws IOException {
    JsonNode provenance =
        JSON.readTree(adapter().resolve("adapter.json").toFile()).path("provenance");
    assertThat(provenance.path("seed").asLong()).isEqualTo(42);
    assertThat(provenance.path("data").asText()).matches("[0-9a-f]{64}");
  }

  @Test
  void optionsOfLanguageModelsAreRefused() {
    String data = job.path("test.jsonl").toString();
    CliRun.cola("evaluate", adapter().toString(), "--data", data, "--choices", data)
        .failsWith(2, "--choices is an option of a language model's");
    CliRun.cola("evaluate", adapter().toString(), "--data", data, "--base")
        .failsWith(2, "--base is an option of language models");
    predict(other.resolve("x.jsonl"), data, "--temperature", "1")
        .failsWith(2, "--temperature is an option of a language model's");
    predict(other.resolve("x.jsonl"), data, "--task-column", "task")
        .failsWith(1, "column 'task' is not in", "set --task-column");
    CliRun.cola("chat", adapter().toString())
        .failsWith(1, "is a classifier's, which has nothing to say");
  }

  @Test
  void evaluateRefusesALabelItDoesNotKnow() {
    job.write("law.jsonl", "{\"text\": \"the court\", \"label\": \"law\"}\n");
    CliRun.cola("evaluate", adapter().toString(), "--data", job.path("law.jsonl").toString())
        .failsWith(1, "labels that the adapter does not know: [law]", "its classes are [fin, med]");
    CliRun.cola(
            "evaluate",
            adapter().toString(),
            "--data",
            job.path("law.jsonl").toString(),
            "--text",
            "txt")
        .failsWith(1, "column 'txt' is not in", "law.jsonl", "nearest: text");
  }

  @Test
  void predictLabelsEveryRowInItsOrder() throws IOException {
    job.write(
        "a.jsonl", TinyJob.lines(700).replace(", \"label\": \"med\"", "").replace("\"fin\"", "7"));
    job.write("b.csv", "text\nthe court,too much\nthe patient\n");
    Path output = other.resolve("deep/labelled.jsonl");
    CliRun run = predict(output, job.path("a.jsonl") + "," + job.path("b.csv")).succeeds();
    List<JsonNode> all = lines(output);
    List<JsonNode> labelled = all.stream().filter(row -> !row.has("bad")).toList();
    assertThat(all.stream().map(row -> row.path("row").asInt()))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 702).boxed().toList());
    assertThat(all.get(700).path("bad").asText())
        .isEqualTo("2 values where the header has 1; quote a value that holds a separator");
    assertThat(run.out())
        .contains("701 predictions: " + output, "1 bad rows: " + output + ".bad.jsonl");
    List<String> texts = new ArrayList<>();
    for (JsonNode row : lines(job.path("a.jsonl"))) {
      texts.add(row.path("text").asText());
    }
    texts.add("the patient");
    assertThat(labelled.stream().map(row -> row.path("text").asText()))
        .containsExactlyElementsOf(texts);
    assertThat(labelled)
        .allMatch(row -> List.of("fin", "med").contains(row.path("label").asText()));
    assertThat(labelled).allMatch(row -> row.path("probability").asDouble() >= 0.5);
    assertThat(labelled.get(0).has("pair")).isFalse();
    List<JsonNode> bad = lines(other.resolve("deep/labelled.jsonl.bad.jsonl"));
    assertThat(bad).hasSize(1);
    assertThat(bad.get(0).path("file").asText()).isEqualTo(job.path("b.csv").toString());
    assertThat(bad.get(0).path("line").asInt()).isEqualTo(2);
  }

  /** A cut emoji, as {@code json.dumps} writes it. */
  @Test
  void predictWritesHalfACharacterAsReplaced() throws IOException {
    job.write("cut.jsonl", "{\"text\": \"the bank \\ud83d\"}\n{\"text\": \"the court\"}\n");
    Path output = other.resolve("labelled.jsonl");
    predict(output, job.path("cut.jsonl").toString()).succeeds();
    assertThat(lines(output).stream().map(row -> row.path("text").asText()))
        .containsExactly("the bank \uFFFD", "the court");
  }

  @Test
  void separatedFilesAreReadAsTheOptionsSay() throws IOException {
    job.write("a.csv", "'the bank \\' was';fin\n'the\npatient';med\n");
    job.write("b.tsv", "the \"bank\t1\n");
    Path output = other.resolve("labelled.jsonl");
    String[] options = {"--csv-separator", ";", "--csv-quote", "'", "--csv-escape", "backslash"};
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--csv-header", "text,label"));
    String csv = job.path("a.csv").toString();
    predict(output, csv, all.toArray(String[]::new)).succeeds();
    assertThat(lines(output).stream().map(row -> row.path("text").asText()))
        .containsExactly("the bank ' was", "the\npatient");
    all.addAll(0, List.of("evaluate", adapter().toString(), "--data", csv));
    assertThat(CliRun.cola(all).succeeds().out()).startsWith("topic: 2 examples");
    predict(output, job.path("b.tsv").toString(), "--overwrite", "--csv-header", "text,label")
        .succeeds();
    assertThat(lines(output).get(0).path("text").asText()).isEqualTo("the \"bank");
    predict(output, csv, "--overwrite", "--csv-separator", "ab")
        .failsWith(2, "--csv-separator", "must be one character", "'ab'");
  }

  /** So that predictions can be joined to the rows they are of. */
  @Test
  void predictGivesBackEveryRowWithAllItsColumns() throws IOException {
    job.write(
        "a.jsonl",
        "{\"id\": 100, \"text\": \"the court\", \"label\": \"gold\", \"tags\": [\"x\", 1.50]}\n"
            + "{\"id\": 101, \"text\": null, \"label\": \"gold\"}\n"
            + "no json\n\n"
            + "{\"id\": 102, \"text\": 5, \"row\": \"mine\", \"input.row\": 0,"
            + " \"half\": \"\\ud800\"}\n");
    job.write("b.csv", "id,text,note\n7,\"the\ncourt\",\n8,,x\n");
    Path output = other.resolve("all.jsonl");
    predict(output, job.path("a.jsonl") + "," + job.path("b.csv")).succeeds();

    String a = ",\"file\":\"" + job.path("a.jsonl") + "\",\"line\":";
    String b = ",\"file\":\"" + job.path("b.csv") + "\",\"line\":";
    String probabilities = "\"probabilities\":\\{\"fin\":[0-9.E-]+,\"med\":[0-9.E-]+\\},";
    String label = "\"label\":\"(fin|med)\",\"probability\":[0-9.]+," + probabilities;
    List<String> expected =
        List.of(
            "\\{\"text\":\"the court\","
                + label
                + quote("\"row\":1" + a + "1,\"id\":100,")
                + quote("\"input.label\":\"gold\",\"tags\":[\"x\",1.50]}"),
            quote("{\"row\":2" + a + "2,\"bad\":\"column 'text' is missing or null\",")
                + quote("\"id\":101,\"text\":null,\"input.label\":\"gold\"}"),
            quote("{\"row\":3" + a + "3,\"bad\":\"malformed JSON at column 3: ") + ".*\"}",
            "\\{\"text\":\"5\","
                + label
                + quote("\"row\":4" + a + "5,\"id\":102,")
                + quote("\"input.input.row\":\"mine\",\"input.row\":0,\"half\":\"\uFFFD\"}"),
            quote("{\"text\":\"the\\ncourt\",")
                + label
                + quote("\"row\":5" + b + "2,\"id\":\"7\",\"note\":null}"),
            quote("{\"row\":6" + b + "4,\"bad\":\"column 'text' is missing or empty\",")
                + quote("\"id\":\"8\",\"text\":null,\"note\":\"x\"}"));
    List<String> lines = Files.readAllLines(output);
    assertThat(lines).hasSize(6);
    for (int i = 0; i < 6; i++) {
      assertThat(lines.get(i)).matches(expected.get(i));
    }
  }

  private static String quote(String text) {
    return Pattern.quote(text);
  }

  @Test
  void predictedLabelsAreThoseEvaluateCounts() throws IOException {
    Path output = other.resolve("labelled.jsonl");
    predict(output, job.path("test.jsonl").toString()).succeeds();
    List<JsonNode> expected = lines(job.path("test.jsonl"));
    List<JsonNode> labelled = lines(output);
    int right = 0;
    for (int i = 0; i < expected.size(); i++) {
      right += expected.get(i).path("label").equals(labelled.get(i).path("label")) ? 1 : 0;
    }
    assertThat((double) right / expected.size())
        .isCloseTo(results().path("tasks").path(0).path("accuracy").asDouble(), within(1e-12));
  }

  @Test
  void predictReplacesAFileOnlyWhenTold() throws IOException {
    String data = job.path("test.jsonl").toString();
    Path output = Files.writeString(other.resolve("labelled.jsonl"), "mine");
    predict(output, data).failsWith(2, "output " + output + " exists", "--overwrite");
    assertThat(output).hasContent("mine");
    predict(output, job.path("none.jsonl").toString(), "--overwrite").failsWith(1, "no such file");
    assertThat(output).hasContent("mine");
    Path bad = Files.writeString(other.resolve("labelled.jsonl.bad.jsonl"), "mine");
    predict(output, data, "--overwrite").failsWith(2, bad.toString(), "has something else");
    assertThat(bad).hasContent("mine");
    Quarantine.write(
        bad, List.of(new BadRow("x.csv", 2, "kind", "of an older run", "")).iterator());
    predict(output, data, "--overwrite").succeeds();
    assertThat(lines(output)).hasSize(8);
    assertThat(bad).as("stale bad rows").doesNotExist();
    predict(other, data, "--overwrite").failsWith(2, "output " + other + " is a folder", "file");
    try (Stream<Path> files = Files.list(other)) {
      assertThat(files).containsExactly(output);
    }
  }

  @Test
  void tooManyBadRowsLeaveNoPredictions() throws IOException {
    job.write("bad.jsonl", "{\"text\": \"the\"}\n{\"text\": 1\n{\"text\": 2\n");
    String data = job.path("bad.jsonl").toString();
    predict(other.resolve("x.jsonl"), data, "--max-bad-rows", "1")
        .failsWith(1, "2 bad rows, more than the 1 allowed", "bad.jsonl:2", "--max-bad-rows");
    predict(other.resolve("x.jsonl"), data, "--max-bad-rows", "-1")
        .failsWith(2, "--max-bad-rows must be 0 or more, got -1");
    try (Stream<Path> files = Files.list(other)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void anAdapterNeedsItsOwnModel() throws IOException {
    Path model = TinyModel.copyTo(other.resolve("model"));
    Files.writeString(
        model.resolve("config.json"),
        Files.readString(model.resolve("config.json")).replace("1e-12", "1e-6"));
    String data = job.path("test.jsonl").toString();
    for (List<String> command :
        List.of(
            List.of("evaluate", adapter().toString(), "--data", data),
            List.of(
                "predict", adapter().toString(), "--data", data, "--output", other + "/x.jsonl"),
            List.of("inspect", adapter().toString()))) {
      List<String> line = new ArrayList<>(command);
      line.addAll(List.of("--model", model.toString()));
      CliRun.cola(line)
          .failsWith(1, "adapter " + adapter(), "another model", model.toString(), "--model");
    }
    assertThat(other.resolve("x.jsonl")).doesNotExist();
  }

  @Test
  void aDamagedAdapterIsRefused() throws IOException {
    Path damaged = Files.createDirectories(other.resolve("adapter"));
    String data = job.path("test.jsonl").toString();
    CliRun.cola("evaluate", damaged.toString(), "--data", data)
        .failsWith(1, damaged + " holds no adapter", "adapter.json");
    Files.copy(adapter().resolve("adapter.json"), damaged.resolve("adapter.json"));
    CliRun.cola("inspect", damaged.toString()).failsWith(1, "adapter.safetensors");
    byte[] tensors = Files.readAllBytes(adapter().resolve("adapter.safetensors"));
    Files.write(
        damaged.resolve("adapter.safetensors"),
        java.util.Arrays.copyOf(tensors, tensors.length - 100));
    CliRun.cola("evaluate", damaged.toString(), "--data", data)
        .failsWith(1, damaged.resolve("adapter.safetensors").toString());
    Files.writeString(damaged.resolve("adapter.json"), "{\"format\": 9}");
    CliRun.cola("inspect", damaged.toString()).failsWith(1, "adapter.json", "format 1", "9");
  }

  @Test
  void inspectShowsTheAdapter() {
    CliRun run = CliRun.cola("inspect", adapter().toString()).succeeds();
    assertThat(run.out())
        .contains(
            "task topic, classes [fin, med]",
            "on " + TinyModel.FOLDER,
            "cola 2|3, full pairing, pissa, alpha 4.0",
            "encoder.layer.0.attention.self.query/A",
            "32 × 4", // A is in × a · rank
            "32 × 6",
            "head.weight");
    // the adapter of resultsSayWhatWasDone, and 2 · 32 + 2 of the head
    assertThat(run.out()).endsWith("4,546 parameters" + System.lineSeparator());
    assertThat(run.out().lines().filter(line -> line.contains("query/B")))
        .hasSize(2)
        .noneMatch(line -> line.endsWith("0.0000")); // every factor has moved
  }

  private static CliRun predict(Path output, String data, String... more) {
    List<String> line = new ArrayList<>(List.of("predict", adapter().toString(), "--data", data));
    line.addAll(List.of("--output", output.toString()));
    line.addAll(List.of(more));
    return CliRun.cola(line);
  }
}
