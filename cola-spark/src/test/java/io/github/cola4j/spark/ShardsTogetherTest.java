package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shards of several tasks in one batch: what is trained stays the same. */
class ShardsTogetherTest extends LocalSparkTest {
  private static final TrainingConfig TRAINING = TinyTasks.training(3, 1e-3);

  private static TrainingRun run(RoundConfig rounds) {
    return TrainingRun.of(spark, TinyTasks.ADAPTER, TRAINING, rounds);
  }

  @ParameterizedTest
  @CsvSource({"TASK, AVERAGE, 300", "TASK, KEEP, 10000", "SHARED, AVERAGE, 10000"})
  void tasksBecomeWhatTheyBecomeApart(Scope scope, Moments moments, int tokens) {
    RoundConfig apart =
        TinyTasks.rounds(0, scope).withAveraging(AveragingConfig.defaults().withMoments(moments));
    TrainingRun expected = run(apart);
    TrainingRun together = run(apart.withTokensTogether(tokens));
    assertThat(together.tasks()).hasSameSizeAs(expected.tasks()).hasSizeGreaterThan(1);
    for (TrainedTask task : together.tasks()) {
      List<RoundMetrics> all = expected.rounds(task.name());
      List<RoundMetrics> rounds = together.rounds(task.name());
      assertThat(rounds).hasSameSizeAs(all);
      for (int r = 0; r < rounds.size(); r++) {
        RoundMetrics round = rounds.get(r);
        assertThat(round.shards()).isEqualTo(all.get(r).shards());
        assertThat(round.examples()).isEqualTo(all.get(r).examples());
        assertThat(round.loss()).isCloseTo(all.get(r).loss(), Offset.offset(1e-5));
        assertThat(round.validationLoss())
            .isCloseTo(all.get(r).validationLoss(), Offset.offset(1e-5));
      }
    }
  }

  @Test
  void negativeTokensAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoundConfig.defaults().withTokensTogether(-1))
        .withMessage("spark.tokensTogether must be 0 or more, got -1");
  }
}
