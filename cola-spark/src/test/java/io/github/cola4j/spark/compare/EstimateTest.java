package io.github.cola4j.spark.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class EstimateTest {
  private static Estimate of(double... values) {
    return Estimate.of(values);
  }

  @Test
  void theStandardErrorIsThatOfTheMean() {
    Estimate estimate = of(0.2, 0.4, 0.6);
    assertThat(estimate.mean()).isCloseTo(0.4, within(1e-15));
    assertThat(estimate.standardError()).isCloseTo(0.2 / Math.sqrt(3), within(1e-15));
    assertThat(estimate.text(100, "%.1f")).isEqualTo("40.0 ± 11.5");
    assertThat(of(0.25).text(100, "%.1f")).isEqualTo("25.0");
    assertThat(of().text(100, "%.1f")).isEqualTo("–");
  }

  @Test
  void aDifferenceCountsFromTheIntervalOfStudentsDistribution() {
    assertThat(Estimate.errorsOf95Percent(5)).isCloseTo(2.776, within(1e-3));
    assertThat(new Estimate(2.78, 1, 5).differsFromZero()).isTrue();
    assertThat(new Estimate(-2.78, 1, 5).differsFromZero()).isTrue();
    assertThat(new Estimate(2.77, 1, 5).differsFromZero()).isFalse();
    assertThat(of(7).differsFromZero()).isFalse();
    assertThat(of(0, 0).differsFromZero()).isFalse();
  }

  @Test
  void whatIsLeftFollowsTheRunsThatWereMade() {
    TimeLeft time = new TimeLeft();
    assertThat(time.of(List.of())).isZero();
    assertThat(time.of(List.of(25))).isNaN();
    time.add(25, 2);
    time.add(25, 4);
    assertThat(time.of(List.of(25, 25))).isEqualTo(6);
    assertThat(time.of(List.of(50, 100))).isEqualTo(6 + 12);
    time.add(50, 5);
    assertThat(time.of(List.of(10, 25, 50, 100))).isEqualTo(3 + 3 + 5 + 10);
  }

  @Test
  void marksOfALogarithmicAxisHoldItsRange() {
    assertThat(LineChart.decades(9_216, 829_440))
        .containsExactly(5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6);
    assertThat(LineChart.decades(100, 100)).containsExactly(100.0, 200.0);
    assertThat(LineChart.step(10)).isEqualTo(2);
    assertThat(LineChart.step(30)).isEqualTo(5);
    assertThat(LineChart.step(0.9)).isCloseTo(0.2, within(1e-12));
  }
}
