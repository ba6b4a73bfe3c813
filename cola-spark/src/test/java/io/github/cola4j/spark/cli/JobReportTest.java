package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a job that was interrupted, and resumed with {@code report.examples}. */
class JobReportTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String EVIL = "</script><script>alert(1)";

  @TempDir static Path folder;

  private static CliRun run;
  private static Document page;
  private static JsonNode results;
  private static final List<JsonNode> ROUNDS = new ArrayList<>();

  @BeforeAll
  static void trainWithAnInterruption() throws IOException {
    TinyJob job = new TinyJob(folder);
    for (String file : List.of("train", "validation", "test")) {
      Path data = folder.resolve(file + ".jsonl");
      Files.writeString(data, Files.readString(data).replace("\"fin\"", "\"" + EVIL + "\""));
    }
    Files.writeString(folder.resolve("rows.jsonl"), TinyJob.lines(24) + "not JSON\n");
    job.write(
        "job.yaml",
        TinyJob.YAML
                .replace("epochs: 2", "epochs: 3")
                .replace("headLearningRate: 0.05", "headLearningRate: 0.0")
                .replace("adapter:\n", "  - name: untested\n    train: rows.jsonl\nadapter:\n")
            + "baseline: true\n");
    StoppedJob.run(folder.resolve("job.yaml"), folder.resolve("out"), 3);
    run = job.train("--resume", "--set", "report.examples=true").succeeds();
    page = Jsoup.parse(folder.resolve("out/report.html").toFile());
    results = JSON.readTree(folder.resolve("out/results.json").toFile());
    for (String line : Files.readAllLines(folder.resolve("out/metrics.jsonl"))) {
      ROUNDS.add(JSON.readTree(line));
    }
  }

  private static JsonNode result(String task) {
    for (JsonNode result : results.path("tasks")) {
      if (result.path("task").asText().equals(task)) {
        return result;
      }
    }
    throw new AssertionError(task);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  @Test
  void theOverviewAgreesWithTheResults() {
    Element table = page.select("#overview ~ .scroll table").first();
    List<String> heads = table.select("thead th").eachText();
    assertThat(table.select("tbody tr")).hasSize(2);
    for (Element row : table.select("tbody tr")) {
      JsonNode result = result(row.select("a").text());
      List<String> cells = row.select("th, td").eachText();
      assertThat(cell(row, heads, "Classes")).isEqualTo("2");
      assertThat(cell(row, heads, "Training")).isEqualTo(result.path("trainExamples").asText());
      boolean tested = result.has("accuracy");
      assertThat(cell(row, heads, "Test")).isEqualTo(tested ? "8" : "–");
      assertThat(cell(row, heads, "Adapter"))
          .isEqualTo(percent(result.path(tested ? "accuracy" : "validationAccuracy").asDouble()));
      assertThat(cell(row, heads, "Linear probe"))
          .isEqualTo(tested ? percent(result.path("probeAccuracy").asDouble()) : "–");
      assertThat(cells).contains(result.path("bestRound") + " of " + result.path("rounds"));
    }
  }

  private static String cell(Element row, List<String> heads, String head) {
    return row.children().get(heads.indexOf(head)).text();
  }

  @Test
  void everyRoundIsThereAlsoThoseBeforeTheInterruption() {
    assertThat(ROUNDS).hasSize(6);
    for (String task : List.of("topic", "untested")) {
      List<JsonNode> own =
          ROUNDS.stream().filter(round -> round.path("task").asText().equals(task)).toList();
      Element rounds =
          page.select("table caption").stream()
              .filter(caption -> caption.text().startsWith("Rounds of " + task))
              .findFirst()
              .orElseThrow()
              .parent();
      List<Element> rows = rounds.select("tbody tr");
      assertThat(rows).hasSize(3).hasSameSizeAs(own);
      for (int round = 0; round < 3; round++) {
        JsonNode line = own.get(round);
        List<String> cells = rows.get(round).select("td").eachText();
        assertThat(Double.parseDouble(cells.get(0)))
            .isCloseTo(line.path("loss").asDouble(), withPercentage(0.1));
        assertThat(Double.parseDouble(cells.get(1)))
            .isCloseTo(line.path("validationLoss").asDouble(), withPercentage(0.1));
        assertThat(cells.get(2)).isEqualTo(percent(line.path("accuracy").asDouble()));
        assertThat(Double.parseDouble(cells.get(5)))
            .isCloseTo(line.path("gradientNorm").asDouble(), withPercentage(0.1));
        assertThat(cells.get(6)).isEqualTo(line.path("step").asText());
      }
    }
    assertThat(page.select("#chart-time tbody tr")).hasSize(3);
  }

  @Test
  void whatTheCpuTrainsHasNothingOfGpus() {
    assertThat(ROUNDS).noneMatch(line -> line.has("gpuMemoryBytes") || line.has("gpuUtilization"));
    assertThat(page.select("#chart-gpu-memory, #chart-gpu-utilization")).isEmpty();
    assertThat(page.select(".facts dt").eachText()).doesNotContain("GPU");
  }

  @Test
  void theMatrixHasTheTestExamples() {
    Element task = page.select("details.task").first();
    int right = 0;
    int all = 0;
    for (Element cell : task.select(".matrix td")) {
      all += Integer.parseInt(cell.text());
      right += cell.hasClass("hit") ? Integer.parseInt(cell.text()) : 0;
    }
    assertThat(all).isEqualTo(8);
    assertThat(right / 8.0).isEqualTo(result("topic").path("accuracy").asDouble());
    assertThat(task.select(".matrix tbody th").eachText()).containsExactly(EVIL, "med");
    assertThat(page.select("script")).hasSize(2);
  }

  @Test
  void mistakesAreToldWhereTheJobAsksForThem() {
    long wrong = Math.round(8 * (1 - result("topic").path("accuracy").asDouble()));
    assertThat(wrong).isPositive(); // its head has learnt nothing
    List<Element> rows = page.select(".mistakes tbody tr");
    assertThat(rows).hasSize((int) wrong);
    for (Element row : rows) {
      List<String> cells = row.select("td").eachText();
      assertThat(cells.get(0)).containsAnyOf("the doctors treated", "the bank was lending");
      assertThat(cells.get(1)).isNotEqualTo(cells.get(2)).isIn(EVIL, "med");
    }
  }

  @Test
  void dataSettingsAndHashesAreTold() throws IOException {
    assertThat(page.select("details.task").get(1).text())
        .contains("bad row, in the quarantine")
        .contains("Training 22", "Validation 2");
    assertThat(page.select("pre").first().wholeText())
        .isEqualTo(Files.readString(folder.resolve("out/job.yaml")));
    JsonNode adapter = JSON.readTree(folder.resolve("out/adapters/topic/adapter.json").toFile());
    assertThat(page.select("code").eachText())
        .hasSize(3)
        .contains(adapter.at("/provenance/data").asText());
    assertThat(page.text()).contains("Spark", System.getProperty("java.runtime.version"));
  }

  @Test
  void fewValidationExamplesAreWarnedOf() {
    assertThat(run.err())
        .contains(
            "WARNING: fewer than 50 validation examples in 2 of 2 tasks ('topic' 6, 'untested' 2)",
            "spark.metric: last");
    assertThat(page.select("section.warnings li").eachText())
        .anyMatch(text -> text.startsWith("topic has 6 validation examples, fewer than 50"));
  }
}
