package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.data.score.AnswerScore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cola evaluate --generate}: a language model's own answers against those of the data. */
class GeneratedAnswersTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Offset<Double> CLOSE = Offset.offset(1e-12);

  @TempDir static Path folder;
  private static TinyChatJob job;

  @BeforeAll
  static void train() {
    job = new TinyChatJob(folder);
    CliRun.cola("train", job.path("job.yaml").toString(), "--master", "local[2]").succeeds();
  }

  private static CliRun evaluate(String data, String... more) {
    List<String> command = new ArrayList<>(List.of("evaluate", job.adapter("shout")));
    command.addAll(List.of("--data", data, "--generate", "--max-new-tokens", "8"));
    command.addAll(List.of(more));
    return CliRun.cola(command);
  }

  /** Rows whose answers are made of what the model says. */
  @SafeVarargs
  private static String data(String name, List<JsonNode> predicted, UnaryOperator<String>... made) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < predicted.size(); i++) {
      rows.add(
          JSON.createObjectNode()
              .put("instruction", predicted.get(i).path("instruction").asText())
              .put("output", made[i % made.length].apply(predicted.get(i).path("answer").asText()))
              .toString());
    }
    return job.write(name, String.join("\n", rows)).toString();
  }

  @Test
  void scoresAreThoseOfWhatPredictAnswers() throws IOException {
    String prompts = job.write("prompts.jsonl", TinyChatJob.lines(10, true)).toString();
    List<JsonNode> own = job.predicted(job.adapter("shout"), prompts, "own.jsonl");
    assertThat(own).anyMatch(line -> !line.path("answer").asText().isBlank());
    String data =
        data("mixed.jsonl", own, same -> same + ".", less -> "more " + less, other -> "no");
    AnswerScore expected = AnswerScore.NONE;
    for (JsonNode line : job.predicted(job.adapter("shout"), data, "mixed-out.jsonl")) {
      expected =
          expected.plus(AnswerScore.of(line.path("answer").asText(), line.path("output").asText()));
    }
    assertThat(expected.exactMatch()).isBetween(0.1, 0.9);

    JsonNode result = JSON.readTree(evaluate(data, "--base", "--json").succeeds().out());
    JsonNode answers = result.path("answers");
    assertThat(answers.path("answers").asLong()).isEqualTo(10);
    assertThat(answers.path("exactMatch").asDouble()).isCloseTo(expected.exactMatch(), CLOSE);
    assertThat(answers.path("f1").asDouble()).isCloseTo(expected.f1(), CLOSE);
    assertThat(answers.path("rougeL").asDouble()).isCloseTo(expected.rougeL(), CLOSE);
    assertThat(result.path("frozenAnswers").path("exactMatch").asDouble())
        .as("these are the adapter's answers")
        .isLessThan(expected.exactMatch());
  }

  @Test
  void dialoguesThatCannotBeAskedAreCounted() {
    String longer =
        "{\"instruction\": \"%s\", \"output\": \"end\"}".formatted("on and ".repeat(300));
    String data = job.write("long.jsonl", TinyChatJob.lines(3, true) + longer).toString();
    assertThat(evaluate(data).succeeds().out())
        .containsPattern("shout: 3 answers, exact match .*; 1 could not be asked");
  }

  @Test
  void whatHasNoDialoguesIsRefused() {
    CliRun.cola(
            "evaluate",
            job.adapter("shout"),
            "--choices",
            job.path("questions.csv").toString(),
            "--generate")
        .failsWith(2, "--generate answers the dialogues of --data; give it");
  }
}
