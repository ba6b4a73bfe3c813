package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.job.JobListener;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.track.LocalMlflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tasks[].generate}: answers to test dialogues, scored when a job has trained. */
class GeneratedTestsJobTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String GENERATE = "tasks.0.generate.maxNewTokens=8";
  private static final String EVIL = "<script>alert(1)</script> & {{evil}}";

  private static final LocalMlflow MLFLOW = new LocalMlflow();

  @TempDir static Path folder;
  private static TinyChatJob job;
  private static CliRun first;
  private static CliRun run;
  private static JsonNode results;

  /** A run with answers that nobody sees, and one of test data that are made of them. */
  @BeforeAll
  static void train() throws IOException {
    job = new TinyChatJob(folder);
    first = train("first", "--set", "track.mlflow={uri: '" + MLFLOW.uri() + "'}").succeeds();
    List<String> rows = new ArrayList<>();
    for (JsonNode own :
        job.predicted(
            job.path("first/adapters/shout").toString(),
            job.write("prompts.jsonl", TinyChatJob.lines(10, true)).toString(),
            "own.jsonl")) {
      String answer = own.path("answer").asText();
      List<String> made = List.of(answer + ".", "more " + answer, "no");
      rows.add(row(own.path("instruction").asText(), made.get(rows.size() % 3)));
    }
    rows.add(row(EVIL, EVIL));
    rows.add(row("on and ".repeat(300), "end"));
    job.write("test.jsonl", String.join("\n", rows));
    StoppedJob.run(job.path("job.yaml"), job.path("out"), 2);
    stopBetweenTrainingAndScoring();
    run = train("out", "--resume", "--set", "report.examples=true");
    results = JSON.readTree(run.succeeds().out());
  }

  @AfterAll
  static void stop() {
    MLFLOW.close();
  }

  private static String row(String instruction, String output) {
    return JSON.createObjectNode().put("instruction", instruction).put("output", output).toString();
  }

  /** Another run that resumes, with answers asked for, and does not come to them. */
  private static void stopBetweenTrainingAndScoring() throws IOException {
    Job asked =
        JobFile.read(job.path("job.yaml"), List.of("output='" + job.path("out") + "'", GENERATE));
    List<Integer> rounds = new ArrayList<>();
    JobListener listener =
        JobListener.of(
            metrics -> rounds.add(metrics.round()),
            line -> {
              if (line.contains("generating answers")) {
                throw new IllegalStateException("stopped by the test");
              }
            });
    try (SparkSession session = TestSpark.open("local[2]")) {
      assertThatThrownBy(
              () -> new JobRunner(session, asked).run(false, Resumption.RESUME, listener))
          .hasMessage("stopped by the test");
    }
    assertThat(rounds).containsOnly(2, 3);
    assertThat(job.path("out")).doesNotExist();
  }

  private static CliRun train(String output, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", job.path("job.yaml").toString()));
    arguments.addAll(List.of("--master", "local[2]", "--json", "--set", GENERATE));
    arguments.addAll(List.of("--output", job.path(output).toString()));
    arguments.addAll(List.of(more));
    return CliRun.cola(arguments);
  }

  private static JsonNode answers() {
    return results.at("/tasks/0/answers");
  }

  @Test
  void scoresAreThoseOfEvaluate() throws IOException {
    CliRun evaluated =
        CliRun.cola(
            "evaluate",
            job.adapter("shout"),
            "--data",
            job.path("test.jsonl").toString(),
            "--generate",
            "--max-new-tokens",
            "8",
            "--json");
    JsonNode expected = JSON.readTree(evaluated.succeeds().out()).path("answers");
    assertThat(answers()).isEqualTo(expected);
    assertThat(expected.path("answers").asLong()).isEqualTo(11);
    assertThat(expected.path("refused").asLong()).isEqualTo(1);
    assertThat(expected.path("exactMatch").asDouble()).isBetween(0.1, 0.9);
    assertThat(expected.path("f1").asDouble()).isBetween(0.1, 0.9);
    assertThat(expected.path("rougeL").asDouble()).isBetween(0.1, 0.9);
    assertThat(evaluated.err()).contains("shout: generating answers to 12 dialogues");
    JsonNode stored = JSON.readTree(job.path("out/results.json").toFile()).path("tasks");
    assertThat(stored.at("/0/answers")).isEqualTo(expected);
    assertThat(stored.get(1).has("answers")).as("which asks for none").isFalse();
  }

  @Test
  void anInterruptedRunIsTheSame() throws IOException {
    assertThat(run.err()).contains("shout: generating answers to 12 dialogues");
    assertThat(Files.readAllBytes(job.path("out/adapters/shout/adapter.safetensors")))
        .isEqualTo(Files.readAllBytes(job.path("first/adapters/shout/adapter.safetensors")));
  }

  @Test
  void mlflowHasTheScores() throws IOException {
    JsonNode own = JSON.readTree(first.out()).at("/tasks/0/answers");
    for (String score : List.of("exactMatch", "f1", "rougeL")) {
      assertThat(MLFLOW.history(0, "shout/test/" + score).values())
          .containsExactly(own.path(score).asDouble());
    }
    assertThat(MLFLOW.history(0, "spell/test/f1")).isEmpty();
  }

  @Test
  void aFinishedRunIsComplete() {
    CliRun again =
        CliRun.cola(
            "train",
            job.path("job.yaml").toString(),
            "--set",
            GENERATE,
            "--set",
            "report.examples=true",
            "--resume");
    assertThat(again.succeeds().err()).doesNotContain("generating");
    assertThat(again.out())
        .contains("already complete")
        .contains(
            String.format(
                Locale.ROOT,
                "shout: 11 answers, exact match %.2f%%, F1 of words %.2f%%, ROUGE-L %.2f%%; 1"
                    + " could not be asked%n",
                100 * answers().path("exactMatch").asDouble(),
                100 * answers().path("f1").asDouble(),
                100 * answers().path("rougeL").asDouble()))
        .doesNotContainPattern("spell: \\d+ answers");
  }

  @Test
  void theReportHasScoresAndAnswers() throws IOException {
    Document page = Jsoup.parse(job.path("out/report.html").toFile());
    Element table = page.select("#overview ~ .scroll table").first();
    List<String> heads = table.select("thead th").eachText();
    List<String> shout = cells(table.select("tbody tr").get(0));
    List<String> spell = cells(table.select("tbody tr").get(1));
    assertThat(heads).hasSameSizeAs(shout).hasSameSizeAs(spell);
    assertThat(shout.get(heads.indexOf("Answers"))).isEqualTo("11");
    assertThat(shout.get(heads.indexOf("Exact match")))
        .isEqualTo(percent(answers().path("exactMatch").asDouble()));
    assertThat(shout.get(heads.indexOf("F1 of words")))
        .isEqualTo(percent(answers().path("f1").asDouble()));
    assertThat(shout.get(heads.indexOf("ROUGE-L")))
        .isEqualTo(percent(answers().path("rougeL").asDouble()));
    assertThat(spell.get(heads.indexOf("ROUGE-L"))).isEqualTo("–");

    List<Element> rows = page.select("table.answers tbody tr");
    assertThat(rows).hasSize(11);
    assertThat(rows.get(10).child(0).text()).isEqualTo(EVIL);
    assertThat(rows.get(10).child(1).text()).isEqualTo(EVIL);
    assertThat(page.select("script")).hasSize(2);
    assertThat(rows.get(0).child(0).text()).isEqualTo("the court 0");
    assertThat(rows.get(2).child(1).text()).isEqualTo("no");
    assertThat(rows.get(1).child(1).text()).startsWith("more ");
    assertThat(page.select("details.task").get(0).text()).contains("; 1 could not be asked");
    assertThat(page.select("details.task").get(1).text()).doesNotContain("Generated answers");
  }

  private static List<String> cells(Element row) {
    return row.children().stream().map(Element::text).toList();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  @Test
  void answersAreShownOnlyWhereTheJobSaysSo() throws IOException {
    String page = Files.readString(job.path("first/report.html"));
    assertThat(page).contains("Generated answers").doesNotContain("the court 0");
    assertThat(Files.readString(job.path("out/report.html"))).contains("the court 0");
  }

  @Test
  void whatHasNoAnswersToCompareIsRefused() {
    train("no", "--set", "tasks.1.generate={}")
        .failsWith(
            2,
            "task 'spell' has 'generate', which compares with the answers of test data, and no"
                + " 'test'");
    for (String format : List.of("text", "preference")) {
      train("no", "--set", "tasks.0.dialogue.format=" + format)
          .failsWith(
              2, "task 'shout' has 'generate'", "format '" + format + "' are none; remove it");
    }
    train("no", "--set", "tasks.0.generate.maxNewTokens=0")
        .failsWith(2, "'generate': maxNewTokens must be at least 1, got 0");
    train("no", "--set", "tasks.0.generate.stop=['']").failsWith(2, "'generate': a stop text");
    train("no", "--set", "tasks.0.generate.stop=[null]").failsWith(2, "generate.stop");
    TinyJob classifier = new TinyJob(folder.resolve("classifier"));
    classifier.trainFails(
        2,
        List.of("--set", GENERATE),
        "tasks.0.generate needs a decoder such as a Llama",
        "remove the key or take another model");
  }
}
