package io.github.cola4j.spark.report;

import io.github.cola4j.spark.training.TaskSummary;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * One task of a run.
 *
 * @param classes the labels by number; empty for a language model
 * @param data it was trained and validated on
 * @param losses of its rows
 * @param bestRound from 1
 * @param rounds trained
 * @param validation at the best round
 * @param test null if there is no test data
 * @param probe accuracy of a linear probe on the test data; null if it was not asked for
 * @param choices null if there are no questions
 */
@RecordBuilder
public record TaskReport(
    String name,
    List<String> classes,
    TaskSummary data,
    DataLosses losses,
    int bestRound,
    int rounds,
    Evaluation validation,
    TestedTask test,
    Double probe,
    Choices choices)
    implements TaskReportBuilder.With {

  /** Fills in what is not given. */
  public TaskReport {
    classes = List.copyOf(classes);
    losses = losses == null ? DataLosses.NONE : losses;
  }

  /** What is known of every trained task. */
  public static TaskReport of(TrainedTask task) {
    return TaskReportBuilder.builder()
        .name(task.name())
        .classes(task.classes())
        .data(task.data())
        .losses(new DataLosses(Map.of(), task.dropped(), 0))
        .bestRound(task.bestRound())
        .rounds(task.rounds())
        .validation(task.validation())
        .build();
  }

  /** Whether it is a classifier. */
  public boolean isClassifier() {
    return !classes.isEmpty();
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
    long right = Arrays.stream(evaluation.right()).sum();
    return Interval.of(right, evaluation.examples());
  }

  /** The accuracy of always answering the class that training has most of. */
  public double majority() {
    long[] trained = data.training().classes();
    int most = 0;
    for (int c = 1; c < trained.length; c++) {
      most = trained[c] > trained[most] ? c : most;
    }
    return (double) evaluation().actual()[most] / evaluation().examples();
  }
}
