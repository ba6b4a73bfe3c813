package io.github.cola4j.spark.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of dialogues that cannot be learnt from are counted, and the job goes on. */
class DecoderBadRowsTest {
  private static final Charset WINDOWS = Charset.forName("windows-1252");

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() {
    job = TinyDialogues.in(folder);
  }

  @Test
  void whatIsDroppedCutOrBadIsCounted() throws IOException {
    job.write(
        "train.jsonl",
        TinyDialogues.lines(8)
            + TinyDialogues.line("the rate of a bank ".repeat(1500), "more than 10,000 tokens")
            + TinyDialogues.line("the rate of a bank ".repeat(8), "longer than maxLength")
            + TinyDialogues.line("the rate", "bank ".repeat(40).strip())
            + TinyDialogues.line("the rate", "")
            + TinyDialogues.line("the rate", "  "));
    CliRun run = job.train().succeeds();
    assertThat(run.out())
        .contains(
            "sums: 2 dropped {the prompt alone fills training.maxLength=2}, 1 truncated, 2 bad"
                + " rows");
    JsonNode result = TinyDialogues.result(job);
    assertThat(result.path("dropped").asInt()).isEqualTo(2);
    assertThat(result.path("droppedBecause").toString())
        .isEqualTo("{\"the prompt alone fills training.maxLength\":2}");
    assertThat(result.path("truncated").asInt()).isEqualTo(1);
    assertThat(result.path("badRows").asInt()).isEqualTo(2);
    assertThat(result.path("trainExamples").asInt()).isEqualTo(9);
    assertThat(Files.readAllLines(job.path("out/quarantine.jsonl")))
        .hasSize(2)
        .allMatch(line -> line.contains("column 'output' is blank"));
  }

  @Test
  void aDialogueThatTheTemplateRefusesIsDropped() throws IOException {
    String twice =
        """
        {"messages": [{"role": "user", "content": "the rate"}, {"role": "user", "content": "bank"},\
         {"role": "assistant", "content": "shares"}]}
        """;
    job.write("train.jsonl", TinyDialogues.lines(8) + twice + twice);
    job.write("validation.jsonl", TinyDialogues.lines(2) + twice);
    job.train("--set", "prompt.template=alpaca", "--set", "training.maxLength=250").succeeds();
    JsonNode result = TinyDialogues.result(job);
    assertThat(result.path("trainExamples").asInt()).isEqualTo(8);
    assertThat(result.path("dropped").asInt()).isEqualTo(3);
    assertThat(result.path("droppedBecause").toString())
        .isEqualTo(
            "{\"the prompt template cannot write it: template 'alpaca' needs user and assistant"
                + " alternately, here the user follows the user\":3}");
    assertThat(result.path("badRows").asInt()).isZero();

    job.write("train.jsonl", twice + twice);
    job.train("--set", "prompt.template=alpaca", "--overwrite")
        .failsWith(
            1,
            "there is nothing to learn from any of its 2 examples",
            "the prompt template cannot write it: template 'alpaca'",
            "=2");
  }

  @Test
  void promptsMayBeTrainedOn() {
    job.train("--set", "tasks.0.choices=").succeeds();
    long answers = TinyDialogues.result(job).path("testExamples").asLong();
    job.train("--set", "tasks.0.choices=", "--set", "prompt.trainOnPrompt=true", "--overwrite")
        .succeeds();
    JsonNode all = TinyDialogues.result(job);
    assertThat(all.path("testExamples").asLong()).isGreaterThan(answers + 3 * 5);
    assertThat(all.path("trainExamples").asInt()).isEqualTo(8);
  }

  /** The command takes the session there is, and its views. */
  @Test
  void tablesOfTheCatalogAreTrainedOn() throws IOException {
    job.train("--set", "data.maxExamples=6").succeeds();
    JsonNode fromFiles = TinyDialogues.result(job);
    SparkSession session = TestSpark.open("local[2]");
    try {
      session.read().json(job.path("train.jsonl").toString()).createOrReplaceTempView("sums");
      session
          .read()
          .option("header", true)
          .csv(job.path("questions.csv").toString())
          .createOrReplaceTempView("questions");
      String questions = "tasks.0.choices.files=table:questions";
      job.train(
              "--set",
              "data.maxExamples=6",
              "--set",
              "tasks.0.train=table:sums",
              "--set",
              questions,
              "--overwrite")
          .succeeds();
      // the rows of the file are sorted, so that the table's are in the same order
      assertThat(TinyDialogues.result(job)).isEqualTo(fromFiles);
      assertThat(Files.readString(job.path("out/job.yaml"))).contains("- table:sums");
      job.train("--set", "tasks.0.train=table:no.sums", "--overwrite")
          .failsWith(1, "task 'sums': no such table: table:no.sums; set tasks.0.train");
    } finally {
      session.stop();
    }
  }

  @Test
  void everyFieldOfALanguageModelIsThere() throws IOException {
    job.train().succeeds();
    JsonNode result = TinyDialogues.result(job);
    assertThat(result.path("classes").asInt()).isZero();
    assertThat(result.path("trainExamples").asInt()).isEqualTo(8);
    assertThat(result.path("testExamples").asInt()).isGreaterThan(3);
    assertThat(result.path("choiceQuestions").asInt()).isEqualTo(3);
    for (String share : new String[] {"choiceAccuracyBefore", "choiceAccuracy", "accuracy"}) {
      assertThat(result.path(share).isNumber()).as(share).isTrue();
      assertThat(result.path(share).asDouble()).as(share).isBetween(0.0, 1.0);
    }
    assertThat(result.path("perplexity").asDouble())
        .isEqualTo(Math.exp(result.path("loss").asDouble()));
    assertThat(result.has("probeAccuracy")).isFalse();
    assertThat(result.has("droppedBecause")).isFalse();
    String adapter = Files.readString(job.path("out/adapters/sums/adapter.json"));
    assertThat(adapter).contains("\"prompt\"", "\"plain\"", "\"classes\" : [ ]");
  }

  @Test
  void whatTheFilesDoNotHaveIsLeftOut() {
    job.train("--set", "tasks.0.choices=", "--set", "tasks.0.test=[]").succeeds();
    JsonNode result = TinyDialogues.result(job);
    assertThat(result.path("testExamples").asInt()).isZero();
    for (String field :
        new String[] {"choiceAccuracyBefore", "choiceAccuracy", "choiceQuestions", "perplexity"}) {
      assertThat(result.has(field)).as(field).isFalse();
    }
  }

  @Test
  void filesThatAreNotUtf8AreNamedOrTakenAsTheJobSays() throws IOException {
    byte[] questions =
        "question,A,B,answer\nthe caf\u00e9\u2019s rate?,one,two,A\n".getBytes(WINDOWS);
    Files.write(job.path("questions.csv"), questions);
    CliRun detected = job.train().succeeds();
    assertThat(detected.err())
        .contains("questions.csv is not UTF-8: 2 bytes are read as Windows-1252");
    CliRun told = job.train("--set", "data.encoding=windows-1252", "--overwrite").succeeds();
    assertThat(told.err()).doesNotContain("is not UTF-8");
    assertThat(new String(questions, UTF_8)).contains("\ufffd");
  }

  @Test
  void otherModelsReadTheSameDialogues() throws IOException {
    job.train("--set", "model=" + TinyModel.MISTRAL, "--set", "tasks.0.choices=").succeeds();
    assertThat(TinyDialogues.result(job).path("dropped").asInt()).isZero();
  }

  @Test
  void aSampleOfTheExamplesFollowsFromTheSeed() {
    job.train("--set", "data.maxExamples=5", "--set", "tasks.0.choices.limit=2").succeeds();
    JsonNode first = TinyDialogues.result(job);
    assertThat(first.path("trainExamples").asInt()).isEqualTo(5);
    assertThat(first.path("choiceQuestions").asInt()).isEqualTo(2);
    job.train(
            "--set",
            "data.maxExamples=5",
            "--set",
            "tasks.0.choices.limit=2",
            "--set",
            "training.recompute=true",
            "--overwrite")
        .succeeds();
    assertThat(TinyDialogues.result(job)).isEqualTo(first);
  }
}
