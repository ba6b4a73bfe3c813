package io.github.cola4j.spark.report;

import io.github.cola4j.train.Evaluation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How often a label got which answer.
 *
 * @param counts by label and answer [classes × classes]
 */
public record ConfusionMatrix(List<String> classes, long[][] counts) {

  /** A label that got another class's answer. */
  public record Confusion(String label, String answer, long count) {}

  /**
   * Of a classifier's answers.
   *
   * @return empty if a version has counted them that did not tell wrong answers apart, and where
   *     texts may have several labels
   */
  public static Optional<ConfusionMatrix> of(List<String> classes, Evaluation evaluation) {
    long[][] counts = new long[classes.size()][classes.size()];
    long counted = 0;
    for (int c = 0; c < classes.size(); c++) {
      counts[c][c] = evaluation.right()[c];
      counted += counts[c][c];
    }
    for (var label : evaluation.wrong().entrySet()) {
      for (var answer : label.getValue().entrySet()) {
        counts[label.getKey()][answer.getKey()] += answer.getValue();
        counted += answer.getValue();
      }
    }
    return evaluation.texts() == null && counted == evaluation.examples()
        ? Optional.of(new ConfusionMatrix(classes, counts))
        : Optional.empty();
  }

  /** The confusions, the most frequent first. */
  public List<Confusion> confusions() {
    List<Confusion> all = new ArrayList<>();
    for (int label = 0; label < counts.length; label++) {
      for (int answer = 0; answer < counts.length; answer++) {
        if (label != answer && counts[label][answer] > 0) {
          all.add(new Confusion(classes.get(label), classes.get(answer), counts[label][answer]));
        }
      }
    }
    all.sort(Comparator.comparingLong(Confusion::count).reversed());
    return all;
  }
}
