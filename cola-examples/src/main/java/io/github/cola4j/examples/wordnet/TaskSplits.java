package io.github.cola4j.examples.wordnet;

import io.github.cola4j.data.Example;
import java.util.List;
import java.util.Objects;

/**
 * The examples of one classification task, split three ways.
 *
 * @param name the task, lower case with dashes
 * @param classes every label, sorted
 * @param train the examples to learn from; every class occurs
 * @param validation the examples to choose by
 * @param test the examples to report on
 */
public record TaskSplits(
    String name,
    List<String> classes,
    List<Example> train,
    List<Example> validation,
    List<Example> test) {
  /** Copies the lists. */
  public TaskSplits {
    Objects.requireNonNull(name, "name");
    classes = List.copyOf(classes);
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    test = List.copyOf(test);
  }
}
