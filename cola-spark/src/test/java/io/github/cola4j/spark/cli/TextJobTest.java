package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.data.Document;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.train.language.TextModeling;
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

/** Continued pre-training: texts that are learnt as they are, from files to an adapter in use. */
class TextJobTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int LENGTH = 20;

  @TempDir static Path folder;
  private static TinyJob job;
  private static JsonNode result;

  private static String text(int i) {
    return "the court held that order " + i + " was void " + "again and ".repeat(i % 4 * 5);
  }

  private static String lines(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> JSON.createObjectNode().put("body", text(i)) + "\n")
        .collect(Collectors.joining());
  }

  @BeforeAll
  static void train() throws IOException {
    job = new TinyJob(folder);
    job.write(
        "job.yaml",
        """
        model: %s
        tasks:
          - name: law
            train: [law.jsonl, more.csv]
            validation: validation.jsonl
            test: test.jsonl
            dialogue: {format: text, text: body}
        adapter: {rank: 4}
        training:
          epochs: 3
          batchSize: 4
          maxLength: %d
          optimizer: {learningRate: 0.02}
        spark: {metric: loss}
        output: out
        """
            .formatted(TinyModel.LLAMA, LENGTH));
    job.write("law.jsonl", lines(0, 12) + "{\"body\": \" \"}\n");
    job.write("more.csv", "id,body\n1," + text(12) + "\n2," + text(13) + "\n");
    job.write("validation.jsonl", lines(14, 18));
    job.write("test.jsonl", lines(18, 24));
    job.train().succeeds();
    result = TinyDialogues.result(job);
  }

  private static long pieces(int from, int to) {
    BaseModel base = BaseModel.load(TinyModel.LLAMA.toString());
    TextModeling objective = new TextModeling(PromptConfig.defaults());
    return IntStream.range(from, to)
        .mapToLong(i -> objective.parts(base, LENGTH, Document.of(text(i).strip())).size())
        .sum();
  }

  private static CliRun evaluate(String... more) {
    List<String> command = new ArrayList<>(List.of("evaluate"));
    command.add(job.path("out/adapters/law").toString());
    command.addAll(List.of("--data", job.path("test.jsonl").toString()));
    command.addAll(List.of(more));
    return CliRun.cola(command);
  }

  @Test
  void everyPieceIsAnExample() {
    assertThat(result.path("trainExamples").asLong()).isEqualTo(pieces(0, 14)).isGreaterThan(14);
    assertThat(result.path("truncated").asLong()).isZero();
    assertThat(result.path("dropped").asLong()).isZero();
    assertThat(result.path("badRowsBecause").toString())
        .isEqualTo("{\"column 'body' is blank\":1}");
    assertThat(result.path("perplexity").asDouble())
        .isCloseTo(Math.exp(result.path("loss").asDouble()), Offset.offset(1e-9));
  }

  @Test
  void theAdapterPredictsBetterThanTheModel() throws IOException {
    JsonNode measured = JSON.readTree(evaluate("--base", "--json").succeeds().out());
    assertThat(measured.path("loss").asDouble())
        .isCloseTo(result.path("loss").asDouble(), Offset.offset(1e-6));
    assertThat(measured.path("tokens").asLong()).isEqualTo(result.path("testExamples").asLong());
    assertThat(measured.path("dialogues").asLong()).isEqualTo(pieces(18, 24));
    assertThat(measured.path("loss").asDouble())
        .isLessThan(0.5 * measured.path("frozen").path("loss").asDouble());
    assertThat(evaluate().succeeds().out()).contains("supervised tokens of", "pieces of texts;");
  }

  @Test
  void theAdapterRemembersItsColumn() throws IOException {
    JsonNode columns =
        JSON.readTree(Files.readString(job.path("out/adapters/law/adapter.json"))).path("columns");
    assertThat(columns.toString()).isEqualTo("{\"format\":\"text\",\"text\":\"body\"}");
    job.write("other.jsonl", lines(18, 24).replace("body", "content"));
    String other = job.path("other.jsonl").toString();
    String adapter = job.path("out/adapters/law").toString();
    CliRun.cola("evaluate", adapter, "--data", other)
        .failsWith(1, "column 'body' is not in", "--document");
    CliRun.cola("evaluate", adapter, "--data", other, "--document", "content").succeeds();
  }

  @Test
  void dialoguesAreAnsweredWhereTheyAreNamed() throws IOException {
    evaluate("--generate").failsWith(2, "--format: rows of the format 'text' are no dialogues");
    String adapter = job.path("out/adapters/law").toString();
    String prompts = job.write("prompts.jsonl", "{\"instruction\": \"the court\"}\n").toString();
    String out = job.path("answers.jsonl").toString();
    CliRun.cola("predict", adapter, "--data", prompts, "--output", out)
        .failsWith(2, "--format: rows of the format 'text' are no dialogues");
    CliRun.cola(
            "predict",
            adapter,
            "--data",
            prompts,
            "--output",
            out,
            "--format",
            "alpaca",
            "--max-new-tokens",
            "3")
        .succeeds();
    assertThat(Files.readAllLines(job.path("answers.jsonl"))).hasSize(1);
  }
}
