package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Preferences learnt by DPO, beside a task of dialogues, from files to adapters in use. */
class PreferenceJobTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  private static TinyJob job;
  private static CliRun trained;
  private static JsonNode result;

  private static String line(String prompt, int i) {
    return JSON.createObjectNode()
            .put("question", prompt)
            .put("chosen", "yes, court " + i % 3)
            .put("rejected", "no, fever " + i % 4)
        + "\n";
  }

  private static String lines(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> line("the rate of " + i, i))
        .collect(Collectors.joining());
  }

  @BeforeAll
  static void train() throws IOException {
    job = new TinyJob(folder);
    job.write(
        "job.yaml",
        """
        model: %s
        prompt: {template: plain}
        tasks:
          - name: polite
            train: pairs.jsonl
            test: test.jsonl
            dialogue: {format: preference, prompt: question}
            preference: {beta: 0.2, labelSmoothing: 0.1}
            choices: {files: questions.csv, subject: sums}
          - name: sums
            train: sums.jsonl
        adapter: {rank: 4}
        training:
          epochs: 3
          batchSize: 4
          maxLength: 40
          maxTokens: 100
          optimizer: {learningRate: 0.01}
        spark: {examplesPerShard: 10, metric: loss, tokensTogether: 400}
        output: out
        """
            .formatted(TinyModel.LLAMA));
    job.write("pairs.jsonl", lines(0, 24) + line("again and ".repeat(40), 24));
    job.write("test.jsonl", lines(24, 32) + line("a", 1).replace("yes, court 1", "no, fever 1"));
    job.write("sums.jsonl", TinyDialogues.lines(8));
    job.write("questions.csv", TinyDialogues.questions(3));
    trained = job.train().succeeds();
    result = TinyDialogues.result(job);
  }

  private static CliRun evaluate(String... more) {
    List<String> command = new ArrayList<>(List.of("evaluate"));
    command.add(job.path("out/adapters/polite").toString());
    command.addAll(List.of("--data", job.path("test.jsonl").toString()));
    command.addAll(List.of(more));
    return CliRun.cola(command);
  }

  @Test
  void resultsAreOfPairs() throws IOException {
    assertThat(result.path("trainExamples").asLong() + result.path("dropped").asLong())
        .isBetween(22L, 24L);
    assertThat(result.path("droppedBecause").toString())
        .isEqualTo("{\"the prompt alone fills training.maxLength\":1}");
    assertThat(result.path("testExamples").asLong()).isEqualTo(8);
    assertThat(result.path("badRowsBecause").toString())
        .isEqualTo("{\"both answers are the same; there is nothing to prefer\":1}");
    assertThat(result.path("accuracy").asDouble()).isEqualTo(1);
    assertThat(result.path("margin").asDouble()).isPositive();
    assertThat(result.path("loss").asDouble()).isLessThan(Math.log(2));
    assertThat(result.has("perplexity")).isFalse();
    assertThat(result.path("choiceQuestions").asLong()).isEqualTo(3);
    assertThat(trained.out())
        .containsPattern("polite: 100.0% of 8 test pairs preferred as in the data, mean margin");
    List<JsonNode> rounds = new ArrayList<>();
    for (String line : Files.readAllLines(job.path("out/metrics.jsonl"))) {
      rounds.add(JSON.readTree(line));
    }
    assertThat(rounds)
        .allMatch(round -> round.has("margin") == round.path("task").asText().equals("polite"));
    assertThat(Files.readString(job.path("out/report.html")))
        .contains("Tokens or pairs right", "of pairs preferred as in the data, mean margin");
  }

  @Test
  void evaluationGivesTheSame() throws IOException {
    JsonNode measured = JSON.readTree(evaluate("--base", "--json").succeeds().out());
    for (String key : List.of("loss", "accuracy", "margin")) {
      assertThat(measured.path(key).asDouble())
          .as(key)
          .isCloseTo(result.path(key).asDouble(), Offset.offset(1e-4));
    }
    assertThat(measured.path("dialogues").asLong()).isEqualTo(8);
    assertThat(measured.has("perplexity")).isFalse();
    assertThat(measured.path("frozen").path("margin").asDouble()).isCloseTo(0, Offset.offset(1e-4));
    assertThat(measured.path("frozen").path("loss").asDouble())
        .isCloseTo(Math.log(2), Offset.offset(1e-4));
    assertThat(evaluate().succeeds().out())
        .containsPattern("polite: loss .*, 100.00% of pairs preferred .*, 8 pairs; 0 dropped");
  }

  @Test
  void theAdapterRemembersWhatItLearnt() throws IOException {
    JsonNode adapter =
        JSON.readTree(Files.readString(job.path("out/adapters/polite/adapter.json")));
    assertThat(adapter.path("columns").toString())
        .isEqualTo(
            "{\"format\":\"preference\",\"prompt\":\"question\",\"chosen\":\"chosen\","
                + "\"rejected\":\"rejected\"}");
    assertThat(adapter.path("preference").toString())
        .isEqualTo("{\"beta\":0.2,\"labelSmoothing\":0.1}");
    String prompts = job.write("prompts.jsonl", "{\"question\": \"the rate of 3\"}\n").toString();
    String out = job.path("answers.jsonl").toString();
    List<String> predict =
        List.of(
            "predict",
            job.path("out/adapters/polite").toString(),
            "--data",
            prompts,
            "--output",
            out,
            "--max-new-tokens",
            "3");
    CliRun.cola(predict).failsWith(2, "--format: rows of the format 'preference' are no dialogues");
    List<String> named = new ArrayList<>(predict);
    named.addAll(List.of("--format", "alpaca", "--instruction", "question"));
    CliRun.cola(named).succeeds();
    assertThat(Files.readAllLines(job.path("answers.jsonl"))).hasSize(1);
  }

  @Test
  void keysThatDoNotGoTogetherAreRefused() {
    String yaml =
        "model: " + TinyModel.LLAMA + "\noutput: out2\ntasks:\n  - name: x\n    train: a\n";
    job.write("wrong.yaml", yaml + "    preference: {beta: 1}\n");
    CliRun.cola("train", job.path("wrong.yaml").toString())
        .failsWith(2, "'preference', which is for rows of two answers; set dialogue.format");
    job.write(
        "wrong.yaml", yaml + "    dialogue: {format: preference}\n    preference: {beta: -1}\n");
    CliRun.cola("train", job.path("wrong.yaml").toString())
        .failsWith(2, "preference.beta must be above 0, got -1");
  }
}
