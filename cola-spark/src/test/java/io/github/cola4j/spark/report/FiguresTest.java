package io.github.cola4j.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.DataTally;
import io.github.cola4j.spark.data.summary.TokenLengths;
import io.github.cola4j.spark.report.ConfusionMatrix.Confusion;
import io.github.cola4j.train.Evaluation;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.mllib.evaluation.MulticlassMetrics;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** A report's figures. */
class FiguresTest extends LocalSparkTest {
  private static final List<String> CLASSES = List.of("a", "b", "c", "d");

  @Test
  void scoresAndConfusionsAreSparks() {
    Random random = new Random(7);
    int[] labels = random.ints(500, 0, CLASSES.size()).toArray();
    int[] answers =
        IntStream.of(labels).map(l -> random.nextDouble() < 0.6 ? l : random.nextInt(4)).toArray();
    double[] zeros = new double[labels.length];

    Evaluation half = Evaluation.of(4, new Answers(answers, zeros), labels);
    Evaluation evaluation = half.plus(half);

    MulticlassMetrics metrics =
        new MulticlassMetrics(
            spark
                .parallelize(
                    IntStream.range(0, 2 * labels.length)
                        .mapToObj(i -> i % labels.length)
                        .map(
                            i ->
                                new Tuple2<Object, Object>((double) answers[i], (double) labels[i]))
                        .toList())
                .rdd());
    List<ClassScore> scores = ClassScore.of(CLASSES, evaluation);
    ConfusionMatrix matrix = ConfusionMatrix.of(CLASSES, evaluation).orElseThrow();
    for (int c = 0; c < CLASSES.size(); c++) {
      assertThat(scores.get(c).precision()).isCloseTo(metrics.precision(c), within(1e-12));
      assertThat(scores.get(c).recall()).isCloseTo(metrics.recall(c), within(1e-12));
      assertThat(scores.get(c).f1()).isCloseTo(metrics.fMeasure(c), within(1e-12));
      for (int answer = 0; answer < CLASSES.size(); answer++) {
        assertThat((double) matrix.counts()[c][answer])
            .isEqualTo(metrics.confusionMatrix().apply(c, answer));
      }
    }
    assertThat(evaluation.accuracy()).isCloseTo(metrics.accuracy(), within(1e-12));
    assertThat(scores).extracting(ClassScore::support).containsExactly(boxed(evaluation.actual()));
  }

  private static Long[] boxed(long[] values) {
    return java.util.Arrays.stream(values).boxed().toArray(Long[]::new);
  }

  @Test
  void aClassThatNeverOccursHasNoScore() {
    Evaluation evaluation =
        Evaluation.of(3, new Answers(new int[] {0, 1, 1}, new double[3]), new int[] {0, 0, 1});
    assertThat(ClassScore.of(List.of("a", "b", "c"), evaluation))
        .containsExactly(
            new ClassScore("a", 1.0, 0.5, 2 / 3.0, 2, 1),
            new ClassScore("b", 0.5, 1.0, 2 / 3.0, 1, 2),
            new ClassScore("c", null, null, null, 0, 0));
    assertThat(ConfusionMatrix.of(List.of("a", "b", "c"), evaluation).orElseThrow().confusions())
        .containsExactly(new Confusion("a", "b", 1));
  }

  @Test
  void countsOfAnEarlierVersionHaveNoMatrix() {
    Evaluation old = new Evaluation(new long[] {1, 1}, new long[] {2, 1}, new long[] {1, 2}, 1);
    assertThat(ConfusionMatrix.of(List.of("a", "b"), old)).isEmpty();
  }

  @Test
  void intervalsAreWilsons() {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    assertInterval(81, 263, 0.2553, 0.3662);
    assertInterval(15, 148, 0.0624, 0.1605);
    assertInterval(0, 20, 0, 0.1611);
    assertInterval(1, 29, 0.0061, 0.1718);
    assertInterval(20, 20, 1 - 0.1611, 1);
    assertThatThrownBy(() -> Interval.of(2, 1)).hasMessageContaining("2 of 1");
  }

  private static void assertInterval(long right, long all, double low, double high) {
    assertThat(Interval.of(right, all).low()).isCloseTo(low, within(5e-5));
    assertThat(Interval.of(right, all).high()).isCloseTo(high, within(5e-5));
  }

  @Test
  void lengthsAreNearestRanks() {
    DataTally some = DataTally.of(samples(5, 3, 9, 1), 1, ProblemType.SINGLE_LABEL);
    DataSetSummary all =
        some.plus(DataTally.of(samples(7, 7, 2, 100, 4, 6), 0, ProblemType.SINGLE_LABEL))
            .summary(List.of("a", "b"));
    assertThat(all.examples()).isEqualTo(10);
    assertThat(all.truncated()).isEqualTo(1);
    assertThat(all.classes()).containsExactly(entry("a", 5L), entry("b", 5L));
    TokenLengths lengths = all.lengths();
    assertThat(lengths.total()).isEqualTo(5 + 3 + 9 + 1 + 7 + 7 + 2 + 100 + 4 + 6);
    assertThat(lengths.shortest()).isEqualTo(1);
    assertThat(lengths.quantile(0.5)).isEqualTo(5);
    assertThat(lengths.quantile(0.95)).isEqualTo(100);
    assertThat(lengths.quantile(0.9)).isEqualTo(9);
    assertThat(TokenLengths.NONE.quantile(0.5)).isZero();
  }

  private static List<Sample> samples(int... lengths) {
    return IntStream.range(0, lengths.length)
        .mapToObj(i -> new Sample(new int[lengths[i]], new int[lengths[i]], i % 2))
        .toList();
  }

  @Test
  void theMajorityIsThatOfTraining() {
    TaskReport task = SampleReports.classifier("t", 2, 1);
    List<Long> trained = List.copyOf(task.data().training().classes().values());
    long[] tested = task.evaluation().actual();
    int most = trained.get(0) >= trained.get(1) ? 0 : 1;
    assertThat(task.majority()).isEqualTo((double) tested[most] / (tested[0] + tested[1]));
  }

  @Test
  void warnsWhereNothingIsShown() {
    TaskReport ahead = SampleReports.classifier("ahead", 3, 3);
    TaskReport behind = ahead.withName("behind").withProbe(ahead.evaluation().accuracy() - 0.01);
    TaskReport small = SampleReports.classifier("small", 3, 2);
    List<ReportWarning> warnings = SampleReports.run(List.of(ahead, behind, small)).warnings();

    assertThat(warnings).extracting(ReportWarning::task).containsExactly("behind", "small");
    assertThat(warnings.get(0).text())
        .contains("not ahead of a linear probe's " + Show.percent(behind.probe()))
        .contains("of 180 examples");
    assertThat(warnings.get(1).text())
        .contains("has 49 validation examples, fewer than 50", "metric: last");
  }

  @Test
  void fewValidationExamplesAreToldOnce() {
    Map<String, Long> examples = Map.of("a", 29L, "b", 400L, "c", 6L);
    assertThat(SmallValidation.notice(examples, true, "accuracy"))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith(
                        "WARNING: fewer than 50 validation examples in 2 of 3 tasks ('a' 29, 'c'"
                            + " 6)")
                    .contains("off by up to 31 points", "more validation rows", "metric: last"));
    assertThat(SmallValidation.notice(examples, true, "last")).isEmpty();
    assertThat(SmallValidation.notice(Map.of("a", 50L), true, "accuracy")).isEmpty();
  }
}
