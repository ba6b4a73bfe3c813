package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.loss.ProblemType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks whose texts have several labels, or a number, from files to predictions. */
class ProblemTypesJobTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> MEDICINE = List.of("doctors treated", "the court");
  private static final List<String> MONEY = List.of("bank lending", "an integral");
  private static final String TASKS =
      """
        - name: topics
          train: topics.jsonl
          test: topics.csv
          problemType: multi-label
        - name: money
          train: money.csv
          validation: money.csv
          test: money.jsonl
          columns: {label: share}
          problemType: regression
      adapter:
      """;

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() {
    job = new TinyJob(folder);
    job.edit("adapter:\n", TASKS);
    StringBuilder lists = new StringBuilder();
    StringBuilder cells = new StringBuilder("text,label\n");
    StringBuilder table = new StringBuilder("text,share\n");
    StringBuilder numbers = new StringBuilder();
    for (int i = 0; i < 24; i++) {
      String text = MEDICINE.get(i % 2) + " " + MONEY.get(i / 2 % 2) + " rate".repeat(i % 3);
      List<String> labels = new ArrayList<>();
      if (i % 2 == 0) {
        labels.add("med");
      }
      if (i / 2 % 2 == 0) {
        labels.add("fin");
      }
      String json = labels.stream().map(l -> "\"" + l + "\"").collect(Collectors.joining(", "));
      lists.append(String.format("{\"text\": \"%s\", \"label\": [%s]}%n", text, json));
      String cell = labels.isEmpty() ? "[]" : String.join("|", labels);
      cells.append(text).append(',').append(cell).append('\n');
      double share = (i % 2 == 0 ? 1 : -1) * 0.5;
      table.append(text).append(',').append(share).append('\n');
      numbers.append(String.format("{\"text\": \"%s\", \"share\": %s}%n", text, share));
    }
    job.write("topics.jsonl", lists.append("{\"text\": \"a\", \"label\": {}}\n").toString());
    job.write("topics.csv", cells.toString());
    job.write("money.csv", table.append("the rate,much\n").toString());
    job.write("money.jsonl", numbers.toString());
  }

  private void trained() {
    job.train(
            "--set",
            "training.epochs=15",
            "--set",
            "spark.metric=last",
            "--set",
            "training.optimizer.learningRate=0.005")
        .succeeds();
  }

  @Test
  void tasksOfAllProblemsLearnTogether() throws IOException {
    trained();
    JsonNode tasks = JSON.readTree(job.path("out/results.json").toFile()).path("tasks");
    JsonNode several = tasks.get(1);
    assertThat(several.path("classes").asInt()).isEqualTo(2);
    assertThat(several.path("accuracy").asDouble()).isGreaterThan(0.9);
    assertThat(several.path("microF1").asDouble()).isGreaterThan(0.9);
    assertThat(several.path("badRows").asInt()).isEqualTo(1);
    JsonNode number = tasks.get(2);
    assertThat(number.has("accuracy")).isFalse();
    assertThat(number.has("validationAccuracy")).isFalse();
    assertThat(number.path("r2").asDouble()).isGreaterThan(0.8);
    assertThat(number.path("spearman").asDouble()).isGreaterThan(0.7);
    assertThat(number.path("meanAbsoluteError").asDouble()).isLessThan(0.25);
    assertThat(number.path("badRows").asInt()).isEqualTo(2); // in two of its files
    assertThat(AdapterStore.describe(job.path("out/adapters/topics")).problem())
        .isEqualTo(ProblemType.MULTI_LABEL);
    assertThat(Files.readString(job.path("out/adapters/topic/adapter.json")))
        .doesNotContain("problemType");
    assertThat(Files.readString(job.path("out/report.html")))
        .contains("all labels right on test")
        .contains("Overview of regressions");
    String[] rounds = Files.readString(job.path("out/metrics.jsonl")).split("\n");
    JsonNode round = JSON.readTree(rounds[2]);
    assertThat(round.path("task").asText()).isEqualTo("money");
    assertThat(round.has("accuracy")).isFalse();
    predictsAndEvaluates();
    resumes();
  }

  private void predictsAndEvaluates() throws IOException {
    String topics = job.path("out/adapters/topics").toString();
    String money = job.path("out/adapters/money").toString();
    String master = "local[2]";
    String csv = job.path("topics.csv").toString();
    String text =
        CliRun.cola(List.of("evaluate", topics, "--data", csv, "--master", master))
            .succeeds()
            .out();
    assertThat(text).contains("topics: 24 examples, accuracy ").contains("micro-F1 ");
    List<String> json =
        List.of(
            "evaluate",
            money,
            "--data",
            job.path("money.jsonl").toString(),
            "--label",
            "share",
            "--master",
            master,
            "--json");
    JsonNode scores = JSON.readTree(CliRun.cola(json).succeeds().out());
    assertThat(scores.path("r2").asDouble()).isGreaterThan(0.8);
    assertThat(scores.has("accuracy")).isFalse();

    List<JsonNode> lines = predicted(topics, csv);
    assertThat(lines).hasSize(24);
    assertThat(lines.get(0).path("label")).isEqualTo(JSON.readTree("[\"fin\", \"med\"]"));
    assertThat(lines.get(3).path("label")).isEqualTo(JSON.readTree("[]"));
    assertThat(lines.get(0).path("probabilities").path("med").asDouble()).isGreaterThan(0.5);
    assertThat(lines.get(0).has("probability")).isFalse();
    lines = predicted(money, job.path("money.jsonl").toString());
    assertThat(lines.get(0).path("label").isNumber()).isTrue();
    assertThat(lines.get(0).path("label").asDouble()).isBetween(0.1, 0.9);
    assertThat(lines.get(0).has("probabilities")).isFalse();
  }

  private List<JsonNode> predicted(String adapter, String data) throws IOException {
    Path output = job.path("predictions.jsonl");
    CliRun.cola(
            List.of(
                "predict",
                adapter,
                "--data",
                data,
                "--output",
                output.toString(),
                "--overwrite",
                "--master",
                "local[2]"))
        .succeeds();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(output)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  /** What was trained is a start for more, of the same problem alone. */
  private void resumes() {
    job.train(
            "--set",
            "start=" + job.path("out/adapters"),
            "--set",
            "spark.metric=loss",
            "--set",
            "output=" + job.path("more"))
        .succeeds();
    job.write("topics.jsonl", TinyJob.lines(24).replace("med", "[med]"));
    job.train(
            "--set",
            "start=" + job.path("out/adapters"),
            "--set",
            "spark.metric=last",
            "--set",
            "tasks.1.problemType=single-label",
            "--set",
            "tasks.1.test=[]",
            "--set",
            "tasks.1.classes=[fin, '[med]']",
            "--set",
            "output=" + job.path("other"))
        .failsWith(1, "starts from");
  }

  @Test
  void whatAProblemHasNotIsRefusedByName() {
    for (String[] wrong :
        new String[][] {
          {"spark.metric=accuracy", "problemType: regression has no spark.metric: accuracy"},
          {"baseline=true", "problemType: multi-label has no baseline"},
          {
            "training.labelSmoothing=0.1", "problemType: multi-label has no training.labelSmoothing"
          },
          {"tasks.1.classWeights=balanced", "'classWeights' are for problemType: single-label"},
          {"tasks.2.classes=[a, b]", "learns a number and has no 'classes'"},
          {"tasks.2.problemType=ordinal", "[single-label, multi-label, regression], got 'ordinal'"}
        }) {
      job.train("--set", "spark.metric=last", "--set", wrong[0]).failsWith(2, wrong[1]);
    }
    job.write("topics.csv", "text,label\nthe bank,fin|law\n");
    job.train("--set", "spark.metric=last").failsWith(1, "labels of the test examples", "law");
  }
}
