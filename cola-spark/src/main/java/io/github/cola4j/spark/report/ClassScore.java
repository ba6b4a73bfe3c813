package io.github.cola4j.spark.report;

import io.github.cola4j.train.Evaluation;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well one class is told from the others.
 *
 * @param precision share of its answers that are right; null if it was never the answer
 * @param recall share of its examples that are right; null if it has none
 * @param f1 harmonic mean of both, 2 right/(answers + examples); null if there is neither
 * @param support examples of the class
 * @param answers how often it was the answer
 */
public record ClassScore(
    String name, Double precision, Double recall, Double f1, long support, long answers) {

  /** One of each class, in their order. */
  public static List<ClassScore> of(List<String> classes, Evaluation evaluation) {
    return IntStream.range(0, classes.size())
        .mapToObj(
            c -> {
              long right = evaluation.right()[c];
              long answers = evaluation.predicted()[c];
              long support = evaluation.actual()[c];
              return new ClassScore(
                  classes.get(c),
                  share(right, answers),
                  share(right, support),
                  share(2 * right, answers + support),
                  support,
                  answers);
            })
        .toList();
  }

  private static Double share(long some, long all) {
    return all == 0 ? null : (double) some / all;
  }
}
