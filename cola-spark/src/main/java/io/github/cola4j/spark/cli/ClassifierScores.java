package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.train.Evaluation;
import java.util.Locale;

/** How well a classifier does, as JSON has it; what its labels have no score of is null. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ClassifierScores(
    String task,
    int classes,
    long examples,
    Double accuracy,
    Double macroF1,
    Double microF1,
    Double r2,
    Double meanAbsoluteError,
    Double spearman,
    double loss,
    long badRows) {

  static ClassifierScores of(
      AdapterStore.Description adapter, Evaluation evaluation, long badRows) {
    boolean counted = evaluation.numbers() == null;
    return new ClassifierScores(
        adapter.task(),
        adapter.classes().size(),
        evaluation.examples(),
        counted ? evaluation.accuracy() : null,
        counted ? evaluation.macroF1() : null,
        evaluation.texts() == null ? null : evaluation.microF1(),
        evaluation.r2(),
        counted ? null : evaluation.numbers().meanAbsoluteError(),
        counted ? null : evaluation.numbers().spearman(),
        evaluation.loss(),
        badRows);
  }

  /** As a line for people. */
  String text() {
    StringBuilder text = new StringBuilder(task).append(": ").append(examples).append(" examples");
    add(text, ", accuracy %.2f%%", accuracy, 100);
    add(text, ", macro-F1 %.2f%%", macroF1, 100);
    add(text, ", micro-F1 %.2f%%", microF1, 100);
    add(text, ", R² %.4f", r2, 1);
    add(text, ", mean absolute error %.4f", meanAbsoluteError, 1);
    add(text, ", Spearman %.4f", spearman, 1);
    return text.append(String.format(Locale.ROOT, ", loss %.4f; %d bad rows", loss, badRows))
        .toString();
  }

  private static void add(StringBuilder text, String format, Double score, int factor) {
    if (score != null) {
      text.append(String.format(Locale.ROOT, format, factor * score));
    }
  }
}
