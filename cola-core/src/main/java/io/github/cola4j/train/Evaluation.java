package io.github.cola4j.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.score.RegressionScore;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.Pass;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Counts of right and wrong answers at labels; those of several parts add up. A language model's
 * tokens are one class: its accuracy is the share of tokens predicted right. So are pairs of
 * answers: their accuracy is the share of which the preferred one has the larger reward. A
 * multi-label task's counts are of the labels that a text has, or is predicted to have. A
 * regression has no counts.
 *
 * @param right per class, answers that are right (true positives)
 * @param predicted per class, how often it was the answer
 * @param actual per class, how often it was the label
 * @param lossSum sum of the labels' cross-entropies
 * @param wrong how often which other class was the answer, by label and answer; empty where answers
 *     are only right or wrong, and where a version without it has counted
 * @param texts of a multi-label task, else null
 * @param numbers of a regression, else null
 * @param marginSum of pairs of answers, the sum of their margins; null of others
 */
public record Evaluation(
    long[] right,
    long[] predicted,
    long[] actual,
    double lossSum,
    SortedMap<Integer, SortedMap<Integer, Long>> wrong,
    @JsonInclude(JsonInclude.Include.NON_NULL) Texts texts,
    @JsonInclude(JsonInclude.Include.NON_NULL) RegressionScore numbers,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double marginSum)
    implements Serializable {

  /**
   * Texts of a multi-label task.
   *
   * @param all how many there are
   * @param exact of how many all labels are right
   */
  public record Texts(long all, long exact) implements Serializable {}

  /** Fills in what is not known. */
  public Evaluation {
    wrong = wrong == null ? new TreeMap<>() : wrong;
  }

  /** Counts without those of the wrong answers by label. */
  public Evaluation(long[] right, long[] predicted, long[] actual, double lossSum) {
    this(right, predicted, actual, lossSum, null);
  }

  /** Counts of labels of which each is one class. */
  public Evaluation(
      long[] right,
      long[] predicted,
      long[] actual,
      double lossSum,
      SortedMap<Integer, SortedMap<Integer, Long>> wrong) {
    this(right, predicted, actual, lossSum, wrong, null, null, null);
  }

  /** No answers yet. */
  public static Evaluation empty(int classes) {
    return new Evaluation(new long[classes], new long[classes], new long[classes], 0);
  }

  /**
   * Evaluates labelled samples.
   *
   * @param theta the task's parameters
   * @param maxTokens computed at once
   */
  public static Evaluation of(
      TaskModel model, Pass pass, float[] theta, List<Sample> samples, int maxTokens) {
    model.theta().set(theta);
    pass.startEvaluation();
    model.refresh(pass, 0, false);
    Evaluation evaluation = empty(model.classes());
    int[] all = IntStream.range(0, samples.size()).toArray();
    for (int[] indices : Batcher.byTokens(samples, all, maxTokens)) {
      pass.startEvaluation();
      int[] labels = Batcher.labels(samples, indices);
      Answers answers = model.answers(pass, Batcher.batch(samples, indices), labels);
      int[] supervised = Arrays.stream(labels).filter(label -> label != Sample.IGNORED).toArray();
      evaluation = evaluation.plus(of(model.problem(), model.classes(), answers, supervised));
    }
    return evaluation;
  }

  /**
   * Evaluates answers against the labels they belong to.
   *
   * @param classes 1 where answers are only right or wrong, and of a regression
   */
  public static Evaluation of(ProblemType problem, int classes, Answers answers, int[] supervised) {
    return switch (problem) {
      case SINGLE_LABEL -> of(classes, answers, supervised);
      case MULTI_LABEL -> ofSeveral(classes, answers, supervised);
      case REGRESSION -> ofNumbers(answers, supervised);
    };
  }

  private static Evaluation ofSeveral(int classes, Answers answers, int[] labels) {
    long[] right = new long[classes];
    long[] predicted = new long[classes];
    long[] actual = new long[classes];
    long exact = 0;
    for (int first = 0; first < labels.length; first += classes) {
      boolean all = true;
      for (int c = 0; c < classes; c++) {
        int answer = answers.predicted()[first + c];
        int label = labels[first + c];
        right[c] += answer & label;
        predicted[c] += answer;
        actual[c] += label;
        all &= answer == label;
      }
      exact += all ? 1 : 0;
    }
    Texts texts = new Texts(labels.length / classes, exact);
    return new Evaluation(right, predicted, actual, loss(answers), null, texts, null, null);
  }

  private static Evaluation ofNumbers(Answers answers, int[] labels) {
    float[] predicted = new float[labels.length];
    float[] actual = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      predicted[i] = Float.intBitsToFloat(answers.predicted()[i]);
      actual[i] = Float.intBitsToFloat(labels[i]);
    }
    RegressionScore numbers = RegressionScore.of(predicted, actual);
    long[] none = new long[1];
    return new Evaluation(none, none, none, loss(answers), null, null, numbers, null);
  }

  private static double loss(Answers answers) {
    return -Arrays.stream(answers.logProbability()).sum();
  }

  /**
   * Evaluates answers at labels of which each is one class.
   *
   * @param classes 1 where answers are only right or wrong
   */
  public static Evaluation of(int classes, Answers answers, int[] labels) {
    Evaluation evaluation = empty(classes);
    double loss = 0;
    for (int i = 0; i < labels.length; i++) {
      int answer = answers.predicted()[i];
      evaluation.predicted[classes == 1 ? 0 : answer]++;
      evaluation.actual[classes == 1 ? 0 : labels[i]]++;
      if (answer == labels[i]) {
        evaluation.right[classes == 1 ? 0 : answer]++;
      } else if (classes > 1) {
        add(evaluation.wrong, labels[i], answer, 1);
      }
      loss -= answers.logProbability()[i];
    }
    return new Evaluation(
        evaluation.right,
        evaluation.predicted,
        evaluation.actual,
        loss,
        evaluation.wrong,
        null,
        null,
        answers.margins() == null ? null : Arrays.stream(answers.margins()).sum());
  }

  /** These answers and others. */
  public Evaluation plus(Evaluation other) {
    SortedMap<Integer, SortedMap<Integer, Long>> both = new TreeMap<>();
    for (Evaluation each : List.of(this, other)) {
      each.wrong.forEach(
          (label, answers) -> answers.forEach((answer, n) -> add(both, label, answer, n)));
    }
    return new Evaluation(
        sum(right, other.right),
        sum(predicted, other.predicted),
        sum(actual, other.actual),
        lossSum + other.lossSum,
        both,
        sum(texts, other.texts),
        sum(numbers, other.numbers),
        sum(marginSum, other.marginSum));
  }

  private static Texts sum(Texts x, Texts y) {
    return x == null || y == null ? x == null ? y : x : new Texts(x.all + y.all, x.exact + y.exact);
  }

  private static RegressionScore sum(RegressionScore x, RegressionScore y) {
    return x == null || y == null ? x == null ? y : x : x.plus(y);
  }

  /** The same without the numbers of a regression themselves, which only ranks need. */
  public Evaluation withoutNumbers() {
    return numbers == null
        ? this
        : new Evaluation(
            right, predicted, actual, lossSum, wrong, texts, numbers.withoutNumbers(), null);
  }

  private static Double sum(Double x, Double y) {
    return x == null || y == null ? (x == null ? y : x) : Double.valueOf(x + y);
  }

  private static void add(
      SortedMap<Integer, SortedMap<Integer, Long>> wrong, int label, int answer, long more) {
    wrong.computeIfAbsent(label, unused -> new TreeMap<>()).merge(answer, more, Long::sum);
  }

  private static long[] sum(long[] x, long[] y) {
    return IntStream.range(0, x.length).mapToLong(i -> x[i] + y[i]).toArray();
  }

  /** The number of labels; of a multi-label task that of texts. */
  public long examples() {
    return texts != null
        ? texts.all()
        : numbers != null ? numbers.examples() : Arrays.stream(actual).sum();
  }

  /**
   * The share of right answers, of a multi-label task that of texts all of whose labels are right;
   * NaN without examples, and of a regression.
   */
  public double accuracy() {
    return numbers != null
        ? Double.NaN
        : (double) (texts == null ? Arrays.stream(right).sum() : texts.exact()) / examples();
  }

  /** F1 of all classes' counts together; NaN where nothing is counted. */
  public double microF1() {
    long given = Arrays.stream(predicted).sum() + Arrays.stream(actual).sum();
    return 2.0 * Arrays.stream(right).sum() / given;
  }

  /** R² of a regression; null where the numbers are all equal, and of other tasks. */
  public Double r2() {
    return numbers == null ? null : numbers.r2(lossSum);
  }

  /** The mean of the classes' F1 = 2 right/(predicted + actual), over classes that occur. */
  public double macroF1() {
    return IntStream.range(0, right.length)
        .filter(c -> predicted[c] + actual[c] > 0)
        .mapToDouble(c -> 2.0 * right[c] / (predicted[c] + actual[c]))
        .average()
        .orElse(Double.NaN);
  }

  /**
   * The mean loss of a label, of which a multi-label task has one a text and class; NaN without
   * examples.
   */
  public double loss() {
    return lossSum / (texts == null ? examples() : texts.all() * actual.length);
  }

  /** The mean margin of pairs of answers; null of others. */
  public Double margin() {
    return marginSum == null ? null : Double.valueOf(marginSum / examples());
  }

  /** exp(loss): of a language model, the perplexity. */
  public double perplexity() {
    return Math.exp(loss());
  }
}
