package io.github.cola4j.data;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * A question with lettered options, one of them right.
 *
 * @param question not blank
 * @param options two to ten, none blank; the first is A
 * @param answer the right option's number, from 0
 */
public record MultipleChoice(String question, List<String> options, int answer)
    implements Serializable {
  /** Options a question may have. */
  public static final int MAX_OPTIONS = 10;

  /** Refuses what is no question. */
  public MultipleChoice {
    Objects.requireNonNull(question, "question");
    options = List.copyOf(options);
    if (question.isBlank()) {
      throw new IllegalArgumentException("the question is empty");
    }
    if (options.size() < 2 || options.size() > MAX_OPTIONS) {
      throw new IllegalArgumentException(
          "expected 2 to " + MAX_OPTIONS + " options, got " + options.size());
    }
    if (options.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("an option is empty");
    }
    if (answer < 0 || answer >= options.size()) {
      throw new IllegalArgumentException(
          "expected an answer from 0 to " + (options.size() - 1) + ", got " + answer);
    }
  }

  /** The letter of an option: A of 0. */
  public static String letter(int option) {
    return String.valueOf((char) ('A' + option));
  }

  /** The right option's letter. */
  public String answerLetter() {
    return letter(answer);
  }
}
