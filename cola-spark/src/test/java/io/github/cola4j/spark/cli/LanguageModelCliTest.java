package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One training of two language-model tasks, and everything that is done with their adapters. */
class LanguageModelCliTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  @TempDir Path other;

  private static TinyChatJob job;

  @BeforeAll
  static void train() {
    job = new TinyChatJob(folder);
    CliRun.cola("train", job.path("job.yaml").toString(), "--master", "local[2]").succeeds();
  }

  private static JsonNode result() throws IOException {
    return JSON.readTree(Files.readString(job.path("out/results.json"))).path("tasks").path(0);
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Test
  void evaluateTellsTheNumbersOfTheResults() throws IOException {
    String test = job.path("test.jsonl").toString();
    CliRun run = CliRun.cola("evaluate", job.adapter("shout"), "--data", test, "--base").succeeds();
    List<String> out = run.out().lines().toList();
    JsonNode shout = result();
    assertThat(out).hasSize(2);
    assertThat(out.get(0))
        .isEqualTo(
            format(
                "shout: loss %.4f, perplexity %.3f, token accuracy %.2f%%, %d supervised tokens of"
                    + " 10 dialogues; 1 dropped, 1 truncated, 1 bad rows",
                shout.path("loss").asDouble(),
                shout.path("perplexity").asDouble(),
                100 * shout.path("accuracy").asDouble(),
                shout.path("testExamples").asLong()));
    assertThat(out.get(1)).matches("frozen model: loss [0-9.]+, perplexity .*");
    double frozen =
        Double.parseDouble(out.get(1).replaceAll("frozen model: loss ([0-9.]+),.*", "$1"));
    assertThat(frozen)
        .as("the adapter has learnt")
        .isGreaterThan(shout.path("loss").asDouble() + 1);
  }

  @Test
  void choicesAreThoseOfTheJobBeforeAndAfter() throws IOException {
    String questions = job.path("questions.csv").toString();
    List<String> arguments =
        new ArrayList<>(
            List.of("evaluate", job.adapter("shout"), "--choices", questions, "--base"));
    arguments.addAll(List.of("--subject", "words", "--shots", "1", "--limit", "6"));
    CliRun run = CliRun.cola(arguments).succeeds();
    assertThat(run.out())
        .isEqualTo(
            format(
                "shout: %.2f%% of 6 questions right; 0 bad rows%nfrozen model: %.2f%% of 6"
                    + " questions right%n",
                100 * result().path("choiceAccuracy").asDouble(),
                100 * result().path("choiceAccuracyBefore").asDouble()));
    CliRun.cola("evaluate", job.adapter("shout"), "--choices", questions, "--shots", "11")
        .failsWith(1, "choices.shots is 11, there are only 10 questions");
    String out =
        CliRun.cola(
                "evaluate",
                job.adapter("shout"),
                "--choices",
                questions,
                "--choice-prompt",
                "template")
            .succeeds()
            .out();
    assertThat(out).contains("% of 10 questions right");
  }

  private CliRun predict(String adapter, String data, Path output, String... more) {
    List<String> arguments = new ArrayList<>(List.of("predict", adapter, "--data", data));
    arguments.addAll(List.of("--output", output.toString()));
    arguments.addAll(List.of(more));
    if (!arguments.contains("--max-new-tokens")) {
      arguments.addAll(List.of("--max-new-tokens", "12"));
    }
    return CliRun.cola(arguments);
  }

  /** Rows of both tasks by turns, in files of some rows each. */
  private Path table(String name, int rowsPerFile) throws IOException {
    Path table = Files.createDirectories(other.resolve(name));
    List<String> words = List.of("court", "fever", "shares", "order");
    for (int from = 0; from < 40; from += rowsPerFile) {
      StringBuilder rows = new StringBuilder();
      for (int i = from; i < Math.min(40, from + rowsPerFile); i++) {
        rows.append(
            format(
                "{\"task\": \"%s\", \"instruction\": \"the %s\", \"input\": \"%s\"}%n",
                i % 3 == 0 ? "spell" : "shout", words.get(i % 4), "with more ".repeat(i % 5) + i));
      }
      Files.writeString(table.resolve(format("%03d.jsonl", from)), rows);
    }
    return table;
  }

  @Test
  void answersDoNotDependOnExecutorsOrPartitions() throws IOException {
    String adapters = job.path("out/adapters").toString();
    String[] drawn = {"--task-column", "task", "--temperature", "0.8", "--top-p", "0.9"};
    String one = table("one", 40).toString();
    Path first = other.resolve("1.jsonl");
    CliRun run = predict(adapters, one, first, drawn).succeeds();
    assertThat(run.out()).contains("40 answers: " + first).doesNotContain("bad rows");

    Path second = other.resolve("2.jsonl");
    predict(adapters, table("three", 14).toString(), second, with(drawn, "--master", "local[1]"))
        .succeeds();
    Path seeded = other.resolve("3.jsonl");
    predict(adapters, one, seeded, with(drawn, "--seed", "7")).succeeds();

    assertThat(answers(second)).isEqualTo(answers(first));
    assertThat(Files.readString(seeded)).isNotEqualTo(Files.readString(first));
    List<JsonNode> answers = lines(first);
    assertThat(answers.stream().map(line -> line.path("task").asText()))
        .containsExactlyElementsOf(
            IntStream.range(0, 40).mapToObj(i -> i % 3 == 0 ? "spell" : "shout").toList());
    assertThat(answers.get(6).path("instruction").asText()).isEqualTo("the shares");
    assertThat(answers.get(6).path("input").asText()).isEqualTo("with more 6");
    assertThat(answers).allMatch(line -> line.path("answer").isTextual());
  }

  @Test
  void rowsOfATableOfTheCatalogAreAnswered() throws IOException {
    Path rows = table("rows", 40);
    Path fromFiles = other.resolve("files.jsonl");
    predict(job.adapter("shout"), rows.toString(), fromFiles).succeeds();
    Path fromTable = other.resolve("table.jsonl");
    SparkSession session = TestSpark.open("local[2]");
    try {
      session.read().json(rows.toString()).repartition(5).createOrReplaceTempView("prompts");
      predict(job.adapter("shout"), "table:prompts", fromTable).succeeds();
    } finally {
      session.stop();
    }
    assertThat(lines(fromTable))
        .hasSize(40)
        .allMatch(line -> line.path("file").asText().equals("table:prompts"));
    assertThat(answers(fromTable)).hasSameElementsAs(answers(fromFiles));
  }

  /** The lines as they are written, without the places of their rows. */
  private static List<String> answers(Path file) throws IOException {
    return lines(file).stream()
        .map(line -> ((ObjectNode) line).without(List.of("row", "file", "line")).toString())
        .toList();
  }

  private static String[] with(String[] options, String... more) {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void mixedTasksAnswerAsEachAlone() throws IOException {
    String table = table("table", 40).toString();
    Path mixed = other.resolve("mixed.jsonl");
    predict(job.path("out/adapters").toString(), table, mixed, "--task-column", "task").succeeds();
    List<JsonNode> answers = lines(mixed);
    assertThat(answers).hasSize(40);
    for (String task : List.of("shout", "spell")) {
      Path alone = other.resolve(task + ".jsonl");
      CliRun run = predict(job.adapter(task), table, alone, "--task-column", "task").succeeds();
      List<JsonNode> answered = lines(alone).stream().filter(a -> a.has("answer")).toList();
      assertThat(lines(alone)).hasSize(40);
      assertThat(answered)
          .isEqualTo(answers.stream().filter(a -> a.path("task").asText().equals(task)).toList());
      int strangers = 40 - answered.size();
      assertThat(run.out()).contains(strangers + " bad rows: " + alone + ".bad.jsonl");
      assertThat(lines(other.resolve(task + ".jsonl.bad.jsonl")))
          .hasSize(strangers)
          .allMatch(
              row -> row.path("reason").asText().endsWith("expected one of the tasks " + task));
    }
    // each has learnt its own manner
    assertThat(answers.get(1).path("answer").asText()).matches(".*[A-Z]{2}.*");
    assertThat(answers.get(3).path("answer").asText()).contains("-");
  }

  @Test
  void badRowsAndPromptsThatAreTooLongAreCountedAndKept() throws IOException {
    Path data =
        Files.writeString(
            other.resolve("data.jsonl"),
            "{\"instruction\": \"the court\"}\n{\"instruction\": \""
                + "x".repeat(400)
                + "\"}\n{\"instruction\": 7\n{\"messages\": [{\"role\": \"user\", \"content\":"
                + " \"the fever\"}, {\"role\": \"assistant\", \"content\": \"known\"}]}\n");
    Path output = other.resolve("answers.jsonl");
    CliRun run = predict(job.adapter("shout"), data.toString(), output).succeeds();
    assertThat(run.out()).contains("2 answers: " + output, "2 bad rows: " + output + ".bad.jsonl");
    List<JsonNode> answers = lines(output);
    assertThat(answers.get(0).path("instruction").asText()).isEqualTo("the court");
    assertThat(answers.get(0).has("task")).isFalse();
    assertThat(answers).extracting(row -> row.path("line").asInt()).containsExactly(1, 2, 3, 4);
    assertThat(answers).extracting(row -> row.path("row").asInt()).containsExactly(1, 2, 3, 4);
    assertThat(answers)
        .extracting(row -> row.has("answer"))
        .containsExactly(true, false, false, true);
    assertThat(answers.get(1).path("bad").asText())
        .startsWith("the prompt has 4")
        .endsWith(" tokens; expected 1 to 255, the model has 256 positions");
    assertThat(answers.get(1).path("instruction").asText()).isEqualTo("x".repeat(400));
    assertThat(answers.get(2).path("bad").asText()).startsWith("malformed JSON");
    assertThat(answers.get(3).path("messages").toString())
        .isEqualTo("[{\"role\":\"user\",\"content\":\"the fever\"}]");
    assertThat(answers.get(3).path("input.messages")).hasSize(2);
    List<JsonNode> bad = lines(other.resolve("answers.jsonl.bad.jsonl"));
    assertThat(bad.stream().map(row -> row.path("line").asInt())).containsExactly(3, 2);
    assertThat(bad.get(1).path("file").asText()).isEqualTo(data.toString());
    assertThat(bad.get(1).path("reason").asText())
        .matches("the prompt has 4\\d\\d tokens; expected 1 to 255, the model has 256 positions");
    assertThat(bad.get(1).path("content").asText()).isEqualTo("x".repeat(400));
    predict(job.adapter("shout"), data.toString(), other.resolve("x.jsonl"), "--max-bad-rows", "1")
        .failsWith(1, "2 bad rows, more than the 1 allowed");
    assertThat(other.resolve("x")).doesNotExist();
  }

  @Test
  void answersEndAtStopTextsAndAreCutAtTheMostTokens() throws IOException {
    Path data =
        Files.writeString(other.resolve("data.csv"), "instruction\nthe court 1\nthe court 2\n");
    Path whole = other.resolve("whole.jsonl");
    predict(job.adapter("spell"), data.toString(), whole).succeeds();
    String answer = lines(whole).get(0).path("answer").asText();
    assertThat(answer).contains("-");
    Path stopped = other.resolve("stopped.jsonl");
    predict(job.adapter("spell"), data.toString(), stopped, "--stop", "?!", "--stop", "-")
        .succeeds();
    assertThat(lines(stopped).get(0).path("answer").asText())
        .isEqualTo(answer.substring(0, answer.indexOf('-')));
    assertThat(lines(stopped).get(0).has("cut")).isFalse();
    Path cut = other.resolve("cut.jsonl");
    CliRun run =
        predict(job.adapter("spell"), data.toString(), cut, "--max-new-tokens", "2").succeeds();
    assertThat(run.out()).contains("2 of them cut at --max-new-tokens or the last position");
    assertThat(lines(cut).get(0).path("cut").asBoolean()).isTrue();
    assertThat(answer).startsWith(lines(cut).get(0).path("answer").asText());
  }

  @Test
  void chatAnswersAsPredictAndKeepsTheDialogueUntilReset() throws IOException {
    Path data = Files.writeString(other.resolve("data.csv"), "instruction\nthe court 1\n");
    Path output = other.resolve("answer.jsonl");
    predict(job.adapter("spell"), data.toString(), output).succeeds();
    String answer = lines(output).get(0).path("answer").asText();
    Path dialogue =
        Files.writeString(
            other.resolve("dialogue.jsonl"),
            JSON.writeValueAsString(
                    JSON.createObjectNode()
                        .set(
                            "messages",
                            JSON.createArrayNode()
                                .add(message("user", "the court 1"))
                                .add(message("assistant", answer))
                                .add(message("user", "more"))))
                + "\n");
    Path second = other.resolve("second.jsonl");
    predict(job.adapter("spell"), dialogue.toString(), second).succeeds();
    String more = lines(second).get(0).path("answer").asText();

    CliRun run =
        chat(
            "the court 1\nmore\n\n/reset\nthe court 1\n" + "x".repeat(400) + "\n/quit\nlost\n",
            job.adapter("spell"),
            "--max-new-tokens",
            "12");
    List<String> out = List.of(run.succeeds().out().replace(" […]", "").split("\\R?> "));
    assertThat(out.get(0))
        .isEqualTo(
            TinyModel.LLAMA
                + ", adapter spell, template model; /reset forgets the dialogue, /quit ends");
    assertThat(out.get(1)).isEqualTo(answer);
    assertThat(out.get(2)).isEqualTo(more);
    assertThat(out.subList(3, 5)).containsExactly("", "");
    assertThat(out.get(5)).isEqualTo(answer);
    assertThat(out.get(6))
        .startsWith("error: the prompt has ")
        .contains("the message is forgotten");
    assertThat(out).hasSize(8);
  }

  private static JsonNode message(String role, String content) {
    return JSON.createObjectNode().put("role", role).put("content", content);
  }

  private static CliRun chat(String input, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return CliRun.cola(with(new String[] {"chat"}, arguments));
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void chatTakesABareModel() {
    String model = TinyModel.LLAMA.toString();
    CliRun run = chat("the court\n", model, "--template", "alpaca", "--max-new-tokens", "3");
    assertThat(run.succeeds().out())
        .startsWith(model + ", no adapter, template alpaca; ")
        .containsPattern("\n> .+\n> \n");
    chat("", model, "--template", "nothing").failsWith(2, "--template", "got 'nothing'");
    chat("", model, "--model", "x").failsWith(2, "--model is for an adapter");
    chat("", TinyModel.FOLDER.toString()).failsWith(1, "is a bert");
  }

  @Test
  void aDraftModelLeavesGreedyAnswersAsTheyAre() throws IOException {
    String rows = table("drafted", 40).toString();
    Path alone = other.resolve("alone.jsonl");
    predict(job.adapter("shout"), rows, alone).succeeds();
    String model = TinyModel.LLAMA.toString();
    Path drafted = other.resolve("drafted.jsonl");
    CliRun run = predict(job.adapter("shout"), rows, drafted, "--draft", model).succeeds();
    assertThat(answers(drafted)).isEqualTo(answers(alone));
    assertThat(run.out())
        .containsPattern(
            "draft: [0-9.]+% of \\d+ proposed tokens accepted, [1-5]\\.\\d\\d tokens a");
    // its own adapter as draft: everything is accepted
    Path same = other.resolve("same.jsonl");
    String[] own = {
      "--draft", model, "--draft-adapter", job.adapter("shout"), "--draft-tokens", "2"
    };
    String out =
        predict(job.adapter("shout"), rows, same, with(own, "--master", "local[2]"))
            .succeeds()
            .out();
    assertThat(answers(same)).isEqualTo(answers(alone));
    assertThat(out).contains("draft: 100.0% of ");

    String[] drawn = {"--temperature", "0.9", "--top-k", "20", "--draft", model};
    Path first = other.resolve("first.jsonl");
    predict(job.adapter("shout"), rows, first, drawn).succeeds();
    Path again = other.resolve("again.jsonl");
    predict(
            job.adapter("shout"),
            table("parts", 14).toString(),
            again,
            with(drawn, "--master", "local[1]"))
        .succeeds();
    assertThat(answers(again)).isEqualTo(answers(first)).isNotEqualTo(answers(alone));
  }

  @Test
  void chatTakesADraftModel() throws IOException {
    String adapter = job.adapter("spell");
    String model = TinyModel.LLAMA.toString();
    String input = "the court 1\nmore\n";
    String alone = chat(input, adapter, "--max-new-tokens", "12").succeeds().out();
    String[] draft = {adapter, "--max-new-tokens", "12", "--draft", model};
    String drafted = chat(input, draft).succeeds().out();
    assertThat(drafted).startsWith(alone);
    assertThat(drafted.substring(alone.length()))
        .matches(
            "draft: [0-9.]+% of \\d+ proposed tokens accepted, .* tokens a pass of the model\\R");
    CliRun json = chat(input, with(draft, "--draft-adapter", adapter, "--json")).succeeds();
    for (String line : json.out().lines().toList()) {
      assertThat(JSON.readTree(line).path("acceptanceRate").asDouble()).isEqualTo(1);
    }
    chat(input, adapter, "--draft-adapter", adapter)
        .failsWith(2, "--draft-adapter needs its model");
    chat(input, adapter, "--draft", model, "--draft-tokens", "0")
        .failsWith(
            2, "--draft-tokens or --reward-threshold: draft tokens must be at least 1, got 0");
    chat(input, adapter, "--draft", TinyModel.FOLDER.toString()).failsWith(1, "is a bert");
    chat(input, adapter, "--draft", TinyModel.MISTRAL.toString())
        .failsWith(1, "is another tokenizer than", "they differ in ");
  }

  @Test
  void whatCannotBeMeantIsWrongUsage() throws IOException {
    String data = job.path("shout.jsonl").toString();
    Path output = other.resolve("x.jsonl");
    predict(job.path("out/adapters").toString(), data, output)
        .failsWith(2, "holds several adapters", "--task-column");
    predict(job.adapter("shout"), data, output, "--text", "instruction")
        .failsWith(2, "--text is an option of a classifier's");
    predict(job.adapter("shout"), data, output, "--temperature", "-1")
        .failsWith(2, "temperature must be 0 or more, got -1.0");
    predict(job.adapter("shout"), data, output, "--format", "csv")
        .failsWith(
            2,
            "--format: unknown format 'csv'; expected auto, alpaca, chat, sharegpt, text or preference");
    predict(job.adapter("shout"), data, output, "--instruction", "question")
        .failsWith(1, "column 'question' is not in", "set --instruction");
    predict(job.path("out").toString(), data, output)
        .failsWith(2, "out holds several adapters", "--task-column", "--task", "shout");
    predict(job.folder.toString(), data, output).failsWith(1, "holds no adapter");
    CliRun.cola("evaluate", job.adapter("shout"), "--data", data, "--answer", "response")
        .failsWith(1, "column 'response' is not in", "nearest: output", "(--answer)");
    CliRun.cola("evaluate", job.adapter("shout")).failsWith(2, "give --data, or --choices");
    assertThat(output).doesNotExist();
  }
}
