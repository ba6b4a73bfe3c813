package io.github.cola4j.spark.job;

import java.util.List;

/**
 * Multiple-choice questions that a language-model task is examined with, before and after training.
 *
 * @param files CSV, JSON or Parquet files of questions
 * @param subject what they are about, as it stands in the prompt; null for the task's name
 * @param shots solved questions shown before each: the first ones, which are then not asked
 * @param limit questions asked at most, chosen by the seed; 0 asks all
 * @param prompt {@code paper}: the prompt as the paper has it; {@code template}: that prompt as a
 *     user's message, written by the job's template
 */
public record ChoiceSpec(
    List<String> files, String subject, Integer shots, Integer limit, String prompt) {

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
}
