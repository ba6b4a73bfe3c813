package io.github.cola4j.spark.job.spec;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.template.MultipleChoicePrompt;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.spark.data.RandomSample;
import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Multiple-choice questions that evaluate a language-model task, before and after training.
 *
 * @param files CSV, JSON or Parquet files of questions
 * @param subject what they are about, as it stands in the prompt; null for the task's name
 * @param shots solved questions shown before each: the first ones, which are then not asked
 * @param limit questions asked at most, chosen by the seed; 0 asks all
 * @param prompt {@code paper}: the prompt as the paper has it; {@code template}: that prompt as a
 *     user's message, written by the job's template
 */
@RecordBuilder
public record ChoiceSpec(
    List<String> files, String subject, Integer shots, Integer limit, String prompt)
    implements ChoiceSpecBuilder.With {

  /** Fills in defaults and checks every value. */
  public ChoiceSpec {
    if (files == null || files.isEmpty()) {
      throw new IllegalArgumentException("'choices' has no 'files'; name files of questions");
    }
    files = List.copyOf(files);
    shots = shots == null ? 0 : shots;
    limit = limit == null ? 0 : limit;
    prompt = prompt == null ? "paper" : prompt;
    if (shots < 0 || limit < 0) {
      throw new IllegalArgumentException(
          "choices.shots and choices.limit must be 0 or more, got " + shots + " and " + limit);
    }
    if (!prompt.equals("paper") && !prompt.equals("template")) {
      throw new IllegalArgumentException(
          "choices.prompt must be paper or template, got '" + prompt + "'");
    }
  }

  /** All questions of some files, without solved ones before them. */
  public static ChoiceSpec of(List<String> files) {
    return ChoiceSpecBuilder.builder().files(files).build();
  }

  /**
   * The questions as they are asked: without those shown before each, no more than the limit.
   *
   * @param task its name chooses the questions, with the seed
   * @param all the questions of the files
   * @param template of the prompt {@code template}
   * @throws IllegalArgumentException if there are less than those to be shown
   */
  public MultipleChoiceEvaluation evaluation(
      String task, JavaRDD<MultipleChoice> all, PromptConfig template, long seed) {
    List<MultipleChoice> firstOnes = all.take(shots + 1);
    if (firstOnes.size() <= shots) {
      throw new IllegalArgumentException(
          "task '"
              + task
              + "': choices.shots is "
              + shots
              + ", there are only "
              + firstOnes.size()
              + " questions, of which none is left to ask; lower it or add questions");
    }
    List<MultipleChoice> shown = List.copyOf(firstOnes.subList(0, shots));
    int first = shots;
    JavaRDD<MultipleChoice> asked =
        first == 0 ? all : all.zipWithIndex().filter(row -> row._2() >= first).map(Tuple2::_1);
    return new MultipleChoiceEvaluation(
        new MultipleChoicePrompt(subject == null ? task : subject, shown),
        prompt.equals("template") ? template : null,
        limit == 0 ? asked : RandomSample.of(asked, asked.count(), limit, seed, task));
  }
}
