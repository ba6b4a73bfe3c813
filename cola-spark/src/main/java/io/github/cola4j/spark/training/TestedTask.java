package io.github.cola4j.spark.training;

import io.github.cola4j.spark.data.summary.DataTally;
import io.github.cola4j.train.Evaluation;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a task reached on examples that it was not trained on.
 *
 * @param data the examples
 * @param mistakes of a classifier, the most confident first; empty if none were asked for
 */
public record TestedTask(Evaluation evaluation, DataTally data, List<Mistake> mistakes)
    implements Serializable {

  /**
   * These examples and others.
   *
   * @param most mistakes to keep
   */
  public TestedTask plus(TestedTask other, int most) {
    return new TestedTask(
        evaluation.plus(other.evaluation),
        data.plus(other.data),
        mostConfident(Stream.concat(mistakes.stream(), other.mistakes.stream()), most));
  }

  /** Of some mistakes those that the classifier was most sure of. */
  public static List<Mistake> mostConfident(Stream<Mistake> mistakes, int most) {
    return mistakes
        .sorted(Comparator.comparingDouble(Mistake::probability).reversed())
        .limit(most)
        .toList();
  }
}
