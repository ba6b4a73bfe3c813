package io.github.cola4j.data.score;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against torchmetrics and rouge_score ({@code tools/make_answer_goldens.py}). */
class AnswerScoreTest {
  private static final Path GOLDENS = Path.of("src/test/resources/goldens/answers.json");
  private static final Offset<Double> CLOSE = Offset.offset(1e-7);

  static Stream<JsonNode> goldens() throws IOException {
    JsonNode rows = new JsonMapper().readTree(GOLDENS.toFile());
    return StreamSupport.stream(rows.spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void scoresAreTheirs(JsonNode golden) {
    AnswerScore score =
        AnswerScore.of(golden.path("answer").asText(), golden.path("reference").asText());
    assertThat(score.exactMatch()).isCloseTo(golden.path("exact").asDouble(), CLOSE);
    assertThat(score.f1()).isCloseTo(golden.path("f1").asDouble(), CLOSE);
    if (golden.has("rougeL")) {
      assertThat(score.rougeL()).isCloseTo(golden.path("rougeL").asDouble(), CLOSE);
    }
  }

  @Test
  void lettersOfAllScriptsAreWords() {
    assertThat(AnswerScore.of("сорок два", "Сорок-два").rougeL()).isEqualTo(1);
    assertThat(AnswerScore.of("сорок два", "сорок три").rougeL()).isEqualTo(0.5);
  }

  @Test
  void whatWasThoughtDoesNotCountUnlessTheReferenceHasIt() {
    String answer = "<think>\nFour?\n</think>\n\nfour";
    assertThat(AnswerScore.of(answer, "four").exactMatch()).isEqualTo(1);
    assertThat(AnswerScore.of(answer, "<think> Four? </think> four").exactMatch()).isEqualTo(1);
    assertThat(AnswerScore.of(answer, "<think> Five? </think> four").exactMatch()).isZero();
  }

  @Test
  void scoresOfSeveralAnswersAreMeans() {
    AnswerScore both = AnswerScore.of("yes", "Yes.").plus(AnswerScore.of("no", "yes"));
    assertThat(both.answers()).isEqualTo(2);
    assertThat(both.exactMatch()).isEqualTo(0.5);
    assertThat(both.f1()).isEqualTo(0.5);
    assertThat(both.rougeL()).isEqualTo(0.5);
    assertThat(AnswerScore.NONE.plus(both)).isEqualTo(both);
    assertThat(AnswerScore.NONE.f1()).isNaN();
  }
}
