package io.github.cola4j.spark.report;

import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.training.Mistake;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One task as a report's template shows it. */
final class TaskView {
  private static final int MOST_CONFUSIONS = 20;

  private final TaskReport task;
  private final int number;
  private final List<RoundMetrics> rounds;
  private final List<ReportWarning> warnings;
  private final Optional<ConfusionMatrix> matrix;

  TaskView(TaskReport task, int number, List<RoundMetrics> rounds, List<ReportWarning> warnings) {
    this.task = task;
    this.number = number;
    this.rounds = rounds;
    this.warnings = warnings;
    this.matrix =
        task.isClassifier()
            ? ConfusionMatrix.of(task.classes(), task.evaluation())
            : Optional.empty();
  }

  /** A mark on a scale from 0 to 1. */
  record Mark(String kind, String at) {}

  /** A data set. */
  record Split(
      String name,
      String examples,
      String shortest,
      String median,
      String most,
      String longest,
      String truncated) {}

  /** A reason why rows are missing. */
  record Loss(String what, String reason, String count) {}

  /** A class's line. */
  record ClassRow(
      String name,
      String training,
      String validation,
      String support,
      String precision,
      String recall,
      String f1) {}

  /** A round's line. */
  record RoundRow(int round, boolean best, List<String> cells) {}

  /** A generated answer's line. */
  record AnswerRow(String prompt, String reference, String answer, boolean cut) {}

  /** A mistake's line. */
  record MistakeRow(String text, String pair, String label, String answer, String probability) {}

  String id() {
    return "task-" + number;
  }

  String name() {
    return task.name();
  }

  boolean classifier() {
    return task.isClassifier();
  }

  boolean regression() {
    return task.isRegression();
  }

  boolean languageModel() {
    return !classifier() && !regression();
  }

  /** What is shown of its task where all are closed. */
  String right() {
    return task.isMultiLabel() ? "all labels right" : "right";
  }

  String r2() {
    return Show.number(task.evaluation().r2());
  }

  String meanAbsoluteError() {
    return Show.number(task.evaluation().numbers().meanAbsoluteError());
  }

  String spearman() {
    return Show.number(task.evaluation().numbers().spearman());
  }

  boolean warned() {
    return !warnings.isEmpty();
  }

  List<ReportWarning> warnings() {
    return warnings;
  }

  // the overview

  String classCount() {
    return Show.count(task.classes().size());
  }

  String training() {
    return Show.count(task.data().training().examples());
  }

  String validation() {
    return Show.count(task.data().validation().examples());
  }

  String tested() {
    return task.test() == null ? Show.NONE : Show.count(task.test().data().lengths().examples());
  }

  String measuredOn() {
    return task.test() == null ? "validation" : "test";
  }

  String majority() {
    return Show.percent(task.majority());
  }

  String probe() {
    return Show.percent(task.probe());
  }

  String accuracy() {
    return Show.percent(task.evaluation().accuracy());
  }

  String interval() {
    return Show.interval(task.interval());
  }

  String macroF1() {
    return Show.percent(task.evaluation().macroF1());
  }

  String loss() {
    return Show.number(task.evaluation().loss());
  }

  String perplexity() {
    return preference() ? Show.NONE : Show.number(task.evaluation().perplexity());
  }

  boolean preference() {
    return task.evaluation().margin() != null;
  }

  String margin() {
    return preference() ? Show.number(task.evaluation().margin()) : Show.NONE;
  }

  String bestRound() {
    return String.valueOf(task.bestRound());
  }

  String roundCount() {
    return String.valueOf(task.rounds());
  }

  boolean hasTest() {
    return task.test() != null;
  }

  boolean hasChoices() {
    return task.choices() != null;
  }

  String questions() {
    return hasChoices() ? Show.count(task.choices().after().examples()) : Show.NONE;
  }

  String before() {
    return hasChoices() ? Show.percent(task.choices().before().accuracy()) : Show.NONE;
  }

  String after() {
    return hasChoices() ? Show.percent(task.choices().after().accuracy()) : Show.NONE;
  }

  String afterInterval() {
    return hasChoices() ? Show.interval(TaskReport.interval(task.choices().after())) : Show.NONE;
  }

  /** Whether answers were generated; those that could not be asked are counted only. */
  boolean generated() {
    return task.answers() != null;
  }

  String answered() {
    return generated() ? Show.count(answers().answers()) : Show.NONE;
  }

  String refused() {
    return Show.count(answers().refused());
  }

  boolean hasRefused() {
    return generated() && answers().refused() > 0;
  }

  String exactMatch() {
    return generated() ? Show.percent(answers().exactMatch()) : Show.NONE;
  }

  String exactMatchInterval() {
    return generated() && answers().answers() > 0
        ? Show.interval(Interval.of(task.answers().score().exact(), answers().answers()))
        : Show.NONE;
  }

  String f1() {
    return generated() ? Show.percent(answers().f1()) : Show.NONE;
  }

  String rougeL() {
    return generated() ? Show.percent(answers().rougeL()) : Show.NONE;
  }

  private GeneratedAnswers.Figures answers() {
    return task.answers().figures();
  }

  boolean hasAnswerRows() {
    return generated() && !task.answers().pairs().isEmpty();
  }

  List<AnswerRow> answerRows() {
    return task.answers().pairs().stream()
        .map(pair -> new AnswerRow(pair.prompt(), pair.reference(), pair.answer(), pair.cut()))
        .toList();
  }

  /** The interval's place on a scale. */
  String scaleFrom() {
    return at(scale().low());
  }

  String scaleWidth() {
    return at(scale().high() - scale().low());
  }

  boolean hasScale() {
    return task.isClassifier() || hasChoices();
  }

  private Interval scale() {
    return task.isClassifier() ? task.interval() : TaskReport.interval(task.choices().after());
  }

  List<Mark> marks() {
    if (!task.isClassifier()) {
      return List.of(
          new Mark("majority", at(task.choices().before().accuracy())),
          new Mark("adapter", at(task.choices().after().accuracy())));
    }
    List<Mark> marks = new ArrayList<>();
    if (!task.isMultiLabel()) {
      marks.add(new Mark("majority", at(task.majority())));
    }
    if (task.probe() != null) {
      marks.add(new Mark("probe", at(task.probe())));
    }
    marks.add(new Mark("adapter", at(task.evaluation().accuracy())));
    return marks;
  }

  private static String at(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  // the data

  List<Split> splits() {
    return Stream.concat(
            Stream.of(
                split("Training", task.data().training()),
                split("Validation", task.data().validation())),
            task.test() == null
                ? Stream.empty()
                : Stream.of(split("Test", task.test().data().summary(task.classes()))))
        .toList();
  }

  private static Split split(String name, DataSetSummary data) {
    return new Split(
        name,
        Show.count(data.examples()),
        Show.count(data.lengths().shortest()),
        Show.count(data.lengths().quantile(0.5)),
        Show.count(data.lengths().quantile(0.95)),
        Show.count(data.lengths().longest()),
        Show.count(data.truncated()));
  }

  boolean hasLosses() {
    return !losses().isEmpty();
  }

  List<Loss> losses() {
    List<Loss> all = new ArrayList<>();
    add(all, "bad row, in the quarantine", task.data().badRows());
    add(all, "dropped: nothing to learn from", task.data().dropped());
    if (task.data().duplicates() > 0) {
      all.add(
          new Loss(
              "duplicate",
              "equals an earlier training example",
              Show.count(task.data().duplicates())));
    }
    return all;
  }

  private static void add(List<Loss> all, String what, Map<String, Long> counts) {
    counts.forEach((reason, n) -> all.add(new Loss(what, reason, Show.count(n))));
  }

  List<ClassRow> classRows() {
    List<ClassScore> scores = ClassScore.of(task.classes(), task.evaluation());
    return IntStream.range(0, scores.size())
        .mapToObj(
            c ->
                new ClassRow(
                    scores.get(c).name(),
                    Show.count(task.data().training().classes().get(task.classes().get(c))),
                    Show.count(task.data().validation().classes().get(task.classes().get(c))),
                    Show.count(scores.get(c).support()),
                    Show.percent(scores.get(c).precision()),
                    Show.percent(scores.get(c).recall()),
                    Show.percent(scores.get(c).f1())))
        .toList();
  }

  // confusion

  boolean hasMatrix() {
    return matrix.isPresent() && task.classes().size() <= MatrixView.MOST_CLASSES;
  }

  MatrixView matrix() {
    return MatrixView.of(matrix.orElseThrow());
  }

  boolean hasConfusions() {
    return matrix.isPresent() && task.classes().size() > MatrixView.MOST_CLASSES;
  }

  List<ConfusionMatrix.Confusion> confusions() {
    return matrix.orElseThrow().confusions().stream().limit(MOST_CONFUSIONS).toList();
  }

  boolean hasMistakes() {
    return task.test() != null && !task.test().mistakes().isEmpty();
  }

  List<MistakeRow> mistakes() {
    return task.test().mistakes().stream().map(TaskView::mistake).toList();
  }

  private static MistakeRow mistake(Mistake mistake) {
    return new MistakeRow(
        mistake.text(),
        mistake.pair(),
        mistake.label(),
        mistake.answer(),
        Show.percent(mistake.probability()));
  }

  // the rounds

  List<RoundRow> roundRows() {
    return rounds.stream()
        .map(
            r ->
                new RoundRow(
                    r.round(),
                    r.round() == task.bestRound(),
                    List.of(
                        Show.number(r.loss()),
                        Show.number(r.validationLoss()),
                        Show.percent(r.accuracy()),
                        Show.percent(r.macroF1()),
                        Show.number(r.learningRate()),
                        Show.number(r.gradientNorm()),
                        String.valueOf(r.step()),
                        Show.count(r.examples()),
                        Show.count(r.tokens()),
                        String.valueOf(r.shards()),
                        String.valueOf(r.rejected()),
                        Show.megabytes(r.bytesToExecutors()),
                        Show.megabytes(r.bytesFromExecutors()))))
        .toList();
  }
}
