package io.github.cola4j.spark.internal.round;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.FirstRound;
import io.github.cola4j.spark.HeldBySpark;
import io.github.cola4j.spark.LocalSparkTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A round's job, whose updates come to the driver some tasks at a time. */
class RoundRunnerTest extends LocalSparkTest {
  @ParameterizedTest
  @CsvSource({"1, '1 1 1'", "2, '2 1'", "3, 3", "100, 3"})
  void takesSomeTasksAtATime(int atOnce, String sizes) {
    FirstRound all = FirstRound.of(spark, 1000, round -> {});
    FirstRound some = FirstRound.of(spark, atOnce, round -> {});

    assertThat(some.taken().stream().map(List::size).map(String::valueOf))
        .containsExactly(sizes.split(" "));
    assertThat(some.updates())
        .usingRecursiveComparison()
        .ignoringFields("times")
        .isEqualTo(all.updates());
    assertThat(some.counts())
        .usingRecursiveComparison()
        .ignoringFields("state", "moments")
        .isEqualTo(some.updates());
    assertThat(some.counts()).extracting(RoundRunner.Update::state).containsOnlyNulls();
    HeldBySpark.awaitNothing(spark);
  }

  @Test
  void asManyAsFitIntoASmallPartOfMemory() {
    assertThat(TaskStates.atOnce(1L << 30, 4_000_000)).isEqualTo(16);
    assertThat(TaskStates.atOnce(1L << 30, 1L << 29)).isEqualTo(1);
    assertThat(TaskStates.atOnce(Long.MAX_VALUE, 1)).isEqualTo(Integer.MAX_VALUE);
  }
}
