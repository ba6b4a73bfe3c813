package io.github.cola4j.spark.ml.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who climbs on, and when. */
class RungsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 9, 3, '[1, 3, 9]'",
    "1, 10, 3, '[1, 3, 9, 10]'",
    "2, 9, 2, '[2, 4, 8, 9]'",
    "5, 5, 3, '[5]'"
  })
  void rungsAreOverAfterPowersOfEta(int first, int all, int eta, String epochs) {
    assertThat(Rungs.of(first, all, eta).epochs()).hasToString(epochs);
  }

  @Test
  void aRungIsOverAfterItsPartOfTheSteps() {
    Rungs rungs = Rungs.of(1, 9, 3);
    assertThat(rungs.choices()).isEqualTo(2);
    assertThat(IntStream.range(0, 3).map(rung -> rungs.steps(rung, 90)))
        .containsExactly(10, 30, 90);
    assertThat(Rungs.of(1, 1_000_000, 3).steps(0, Integer.MAX_VALUE)).isEqualTo(2147);
  }

  @Test
  void theBestClimbOn() {
    Rungs rungs = Rungs.of(1, 9, 3);
    assertThat(rungs.kept(Map.of(0, 0.5, 1, 0.4, 2, 0.6, 3, 0.3, 4, 0.7, 5, 0.8)))
        .containsExactlyInAnyOrder(1, 3);
    assertThat(rungs.kept(Map.of(0, 0.5, 1, 0.4))).as("at least one").containsExactly(1);
    assertThat(rungs.kept(Map.of(2, 0.4, 0, 0.5, 1, 0.4))).as("a tie").containsExactly(1);
    assertThat(rungs.kept(Map.of(0, Double.NaN, 1, 9.0, 2, Double.NaN))).containsExactly(1);
    assertThat(rungs.kept(Map.of(0, Double.NaN))).isEmpty();
  }
}
