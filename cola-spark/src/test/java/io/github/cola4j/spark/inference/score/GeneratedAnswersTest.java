package io.github.cola4j.spark.inference.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.score.AnswerScore;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeneratedAnswersTest {
  private static GeneratedAnswers.Pair pair(String text) {
    return new GeneratedAnswers.Pair(text, text, text, false);
  }

  @Test
  void addsUpInTheOrderOfTheData() {
    GeneratedAnswers one =
        new GeneratedAnswers(AnswerScore.of("yes", "Yes."), 2, List.of(pair("first")));
    GeneratedAnswers other =
        new GeneratedAnswers(AnswerScore.of("no", "yes"), 1, List.of(pair("second")));
    GeneratedAnswers both = GeneratedAnswers.NONE.plus(one).plus(other);
    assertThat(both.pairs()).containsExactly(pair("first"), pair("second"));
    assertThat(both.figures()).isEqualTo(new GeneratedAnswers.Figures(2, 1, 0.5, 0.5, 0.5));
    assertThat(both.figures())
        .hasToString(
            "2 answers, exact match 50.00%, F1 of words 50.00%, ROUGE-L 50.00%; 1 could not be"
                + " asked");
  }

  @Test
  void noAnswerHasNoScore() {
    GeneratedAnswers none = new GeneratedAnswers(AnswerScore.NONE, 3, List.of());
    assertThat(none.figures()).isEqualTo(new GeneratedAnswers.Figures(0, 3, null, null, null));
    assertThat(none.figures()).hasToString("0 answers; 3 could not be asked");
  }

  @Test
  void longTextsAreCutBetweenCharacters() {
    assertThat(pair("\ud83d\ude00".repeat(500)).answer()).isEqualTo("\ud83d\ude00".repeat(500));
    assertThat(pair("a" + "\ud83d\ude00".repeat(500)).answer())
        .isEqualTo("a" + "\ud83d\ude00".repeat(499) + " …");
  }
}
