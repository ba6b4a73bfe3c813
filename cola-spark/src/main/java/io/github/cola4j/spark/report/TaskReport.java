package io.github.cola4j.spark.report;

import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * One task of a run.
 *
 * @param classes the labels by number; empty for a language model
 * @param data it was trained and validated on
 * @param bestRound from 1
 * @param rounds trained
 * @param validation at the best round
 * @param test null if there is no test data
 * @param probe accuracy of a linear probe on the test data; null if it was not asked for
 * @param choices null if there are no questions
 * @param answers that a language model generated for the test data; null if it was not asked to
 */
@RecordBuilder
public record TaskReport(
    String name,
    List<String> classes,
    TaskSummary data,
    int bestRound,
    int rounds,
    Evaluation validation,
    TestedTask test,
    Double probe,
    Choices choices,
    GeneratedAnswers answers)
    implements TaskReportBuilder.With {

  /** Fills in what is not given. */
  public TaskReport {
    classes = List.copyOf(classes);
  }

  /** What is known of every trained task. */
  public static TaskReport of(TrainedTask task) {
    return TaskReportBuilder.builder()
        .name(task.name())
        .classes(task.classes())
        .data(task.data())
        .bestRound(task.bestRound())
        .rounds(task.rounds())
        .validation(task.validation())
        .build();
  }

  /** Whether it is a classifier, of one class a text or of several labels. */
  public boolean isClassifier() {
    return !classes.isEmpty() && !isRegression();
  }

  /** Whether each text may have several labels. */
  public boolean isMultiLabel() {
    return validation.texts() != null;
  }

  /** Whether it has learnt a number. */
  public boolean isRegression() {
    return validation.numbers() != null;
  }

  /** The test's evaluation, or the best round's validation where there is no test. */
  public Evaluation evaluation() {
    return test == null ? validation : test.evaluation();
  }

  /** Where the accuracy of a classifier lies. */
  public Interval interval() {
    return interval(evaluation());
  }

  /** Where the share of right answers lies. */
  public static Interval interval(Evaluation evaluation) {
    long right =
        evaluation.texts() == null
            ? Arrays.stream(evaluation.right()).sum()
            : evaluation.texts().exact();
    return Interval.of(right, evaluation.examples());
  }

  /**
   * The accuracy of always answering the class that training has most of; NaN where a text may have
   * several.
   */
  public double majority() {
    if (isMultiLabel()) {
      return Double.NaN;
    }
    List<Long> trained = List.copyOf(data.training().classes().values());
    int most = trained.indexOf(Collections.max(trained));
    return (double) evaluation().actual()[most] / evaluation().examples();
  }
}
