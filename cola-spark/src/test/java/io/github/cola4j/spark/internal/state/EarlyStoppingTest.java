package io.github.cola4j.spark.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TrainingSnapshot.Stopping;
import io.github.cola4j.train.Evaluation;
import java.util.List;
import org.junit.jupiter.api.Test;

class EarlyStoppingTest {
  /** Judges one validation after another. */
  private static final class Judge {
    private final RoundConfig config;
    private Stopping remembered = Stopping.NOTHING;

    Judge(RoundConfig config) {
      this.config = config;
    }

    boolean improves(List<Evaluation> evaluations) {
      EarlyStopping.Verdict verdict = EarlyStopping.judge(remembered, evaluations, config);
      remembered = verdict.remembered();
      return verdict.isBest();
    }

    boolean stops() {
      return EarlyStopping.stops(remembered, config);
    }
  }

  private static Judge stopping(int patience, String metric) {
    return new Judge(RoundConfig.defaults().withPatience(patience).withMetric(metric));
  }

  /** Ten examples of two classes, all labelled 0, some answered right. */
  private static List<Evaluation> score(int right, double loss) {
    return List.of(
        new Evaluation(
            new long[] {right, 0}, new long[] {right, 10 - right}, new long[] {10, 0}, 10 * loss));
  }

  @Test
  void stopsAfterAsManyWorseRoundsAsItHasPatience() {
    Judge stopping = stopping(2, "accuracy");

    assertThat(stopping.improves(score(5, 1))).isTrue();
    assertThat(stopping.improves(score(4, 1))).isFalse();
    assertThat(stopping.stops()).isFalse();
    assertThat(stopping.improves(score(6, 1))).isTrue();
    assertThat(stopping.improves(score(5, 1))).isFalse();
    assertThat(stopping.stops()).isFalse();
    assertThat(stopping.improves(score(5, 1))).isFalse();
    assertThat(stopping.stops()).isTrue();
  }

  @Test
  void aTieGoesToTheSmallerLoss() {
    Judge stopping = stopping(2, "accuracy");

    assertThat(stopping.improves(score(5, 1))).isTrue();
    assertThat(stopping.improves(score(5, 1))).isFalse();
    assertThat(stopping.improves(score(5, 0.9))).isTrue();
  }

  @Test
  void withoutPatienceItNeverStops() {
    Judge stopping = stopping(0, "accuracy");

    stopping.improves(score(5, 1));
    for (int round = 0; round < 50; round++) {
      assertThat(stopping.improves(score(4, 1))).isFalse();
      assertThat(stopping.stops()).isFalse();
    }
  }

  @Test
  void takesTheMetricItIsTold() {
    Judge loss = stopping(1, "loss");
    assertThat(loss.improves(score(5, 1))).isTrue();
    assertThat(loss.improves(score(4, 0.5))).isTrue();
    assertThat(loss.improves(score(9, 0.6))).isFalse();

    Judge macroF1 = stopping(1, "macroF1");
    Evaluation oneSided =
        new Evaluation(new long[] {8, 0}, new long[] {10, 0}, new long[] {8, 2}, 1);
    Evaluation even = new Evaluation(new long[] {6, 1}, new long[] {7, 3}, new long[] {8, 2}, 1);
    assertThat(macroF1.improves(List.of(oneSided))).isTrue();
    assertThat(even.accuracy()).isLessThan(oneSided.accuracy());
    assertThat(macroF1.improves(List.of(even))).isTrue();
  }

  @Test
  void theLastStateIsKeptWhateverItsScore() {
    Judge last = stopping(1, "last");

    assertThat(last.improves(score(9, 0.1))).isTrue();
    for (int round = 0; round < 5; round++) {
      assertThat(last.improves(score(5 - round, 1 + round))).isTrue();
      assertThat(last.stops()).isFalse();
    }
  }

  @Test
  void tasksTogetherCountByTheirMean() {
    Judge stopping = stopping(1, "accuracy");

    assertThat(stopping.improves(both(score(2, 1), score(8, 1)))).isTrue();
    assertThat(stopping.improves(both(score(3, 1), score(6, 1)))).isFalse();
    assertThat(stopping.improves(both(score(1, 1), score(10, 1)))).isTrue();
  }

  private static List<Evaluation> both(List<Evaluation> one, List<Evaluation> two) {
    return List.of(one.get(0), two.get(0));
  }

  @Test
  void aScoreThatIsNoNumberIsNeverTheBestButInTheFirstRound() {
    Judge stopping = stopping(3, "loss");

    assertThat(stopping.improves(score(5, Double.NaN))).isTrue();
    assertThat(stopping.improves(score(5, Double.NaN))).isFalse();
    assertThat(stopping.improves(score(5, 7))).isTrue();
    assertThat(stopping.improves(score(5, Double.NaN))).isFalse();
  }
}
