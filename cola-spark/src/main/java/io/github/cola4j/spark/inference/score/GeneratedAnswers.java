package io.github.cola4j.spark.inference.score;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.cola4j.data.score.AnswerScore;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Answers that a language model generated, against those of the data.
 *
 * @param score of those that were compared
 * @param dialogues that were to be answered, those that could not be asked included
 * @param pairs some of the answers with their texts, in the order of the data
 */
public record GeneratedAnswers(AnswerScore score, long dialogues, List<Pair> pairs)
    implements Serializable {
  /** Nothing answered yet. */
  public static final GeneratedAnswers NONE = new GeneratedAnswers(AnswerScore.NONE, 0, List.of());

  private static final int MOST_CHARACTERS = 1000; // of a text that is shown

  /**
   * A generated answer and the one of the data; long texts are cut.
   *
   * @param prompt the message that is answered
   * @param reference the data's answer
   * @param answer the generated one
   * @param cut whether the answer did not come to its end
   */
  public record Pair(String prompt, String reference, String answer, boolean cut)
      implements Serializable {
    /** Cuts what is long. */
    public Pair {
      prompt = shortened(prompt);
      reference = shortened(reference);
      answer = shortened(answer);
    }

    private static String shortened(String text) {
      return text.length() <= MOST_CHARACTERS
          ? text
          : text.substring(0, text.offsetByCodePoints(0, MOST_CHARACTERS / 2)) + " …";
    }
  }

  /**
   * The scores, as JSON has them; those of no answer are left out.
   *
   * @param answers that were compared
   * @param refused dialogues that could not be asked, or whose answers are calls of tools
   * @param exactMatch the share of answers that match
   * @param f1 the mean F1 of words
   * @param rougeL the mean ROUGE-L
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Figures(long answers, long refused, Double exactMatch, Double f1, Double rougeL) {
    @Override
    public String toString() {
      return answers == 0
          ? String.format("0 answers; %d could not be asked", refused)
          : String.format(
              Locale.ROOT,
              "%d answers, exact match %.2f%%, F1 of words %.2f%%, ROUGE-L %.2f%%; %d could not be"
                  + " asked",
              answers,
              100 * exactMatch,
              100 * f1,
              100 * rougeL,
              refused);
    }
  }

  /** These answers and others, which come after them. */
  public GeneratedAnswers plus(GeneratedAnswers other) {
    return new GeneratedAnswers(
        score.plus(other.score),
        dialogues + other.dialogues,
        Stream.concat(pairs.stream(), other.pairs.stream()).toList());
  }

  /** The scores. */
  public Figures figures() {
    boolean some = score.answers() > 0;
    return new Figures(
        score.answers(),
        dialogues - score.answers(),
        some ? score.exactMatch() : null,
        some ? score.f1() : null,
        some ? score.rougeL() : null);
  }
}
