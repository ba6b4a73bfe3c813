package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Validation after every n-th round: nothing else changes. */
class ValidationRoundsTest extends LocalSparkTest {
  private static TrainingRun run(TrainingConfig training, RoundConfig rounds) {
    return TrainingRun.of(spark, TinyTasks.ADAPTER, training, rounds);
  }

  @ParameterizedTest
  @EnumSource
  void everyThirdRoundAndTheLastAreValidated(Scope scope) {
    TrainingConfig training = TinyTasks.training(4, 1e-3);
    TrainingRun each = run(training, TinyTasks.rounds(0, scope));
    TrainingRun third = run(training, TinyTasks.rounds(0, scope, 3));

    for (TrainedTask task : third.tasks()) {
      List<RoundMetrics> all = each.rounds(task.name());
      List<RoundMetrics> rounds = third.rounds(task.name());
      assertThat(rounds).hasSameSizeAs(all).hasSizeGreaterThan(2);
      for (int r = 1; r <= rounds.size(); r++) {
        RoundMetrics expected = all.get(r - 1);
        RoundMetrics round = rounds.get(r - 1);
        assertThat(round.loss()).isEqualTo(expected.loss());
        assertThat(round.validated()).isEqualTo(r % 3 == 0 || r == rounds.size());
        assertThat(round.validationLoss())
            .isEqualTo(round.validated() ? expected.validationLoss() : null);
        assertThat(round.accuracy()).isEqualTo(round.validated() ? expected.accuracy() : null);
        assertThat(round.macroF1()).isEqualTo(round.validated() ? expected.macroF1() : null);
        assertThat(round.best() && !round.validated()).isFalse();
      }
      if (scope == Scope.TASK) {
        int best =
            rounds.stream()
                .filter(RoundMetrics::validated)
                .min(Comparator.comparingDouble(RoundMetrics::validationLoss))
                .orElseThrow()
                .round();
        assertThat(task.bestRound()).isEqualTo(best);
      }
    }
  }

  @Test
  void patienceCountsValidations() {
    // a learning rate at which the validation loss goes down and then up
    TrainingRun run = run(TinyTasks.training(60, 1e-2), TinyTasks.rounds(2, Scope.TASK, 4));

    for (TrainedTask task : run.tasks()) {
      assertThat(task.bestRound() % 4).isZero();
      assertThat(task.rounds()).isEqualTo(task.bestRound() + 2 * 4);
      List<RoundMetrics> rounds = run.rounds(task.name());
      assertThat(rounds.get(rounds.size() - 1).step()).isLessThan(rounds.get(0).totalSteps());
    }
  }

  @Test
  void whatWasNeverValidatedCannotBeOverAtOnce() {
    RoundConfig rounds = TinyTasks.rounds(0, Scope.TASK, 100);
    List<TrainingSnapshot> snapshots = new ArrayList<>();
    trainer(2, rounds)
        .train(TinyTasks.tasks(spark), round -> {}, null, later -> snapshots.add(later.held()));
    TrainingSnapshot later = snapshots.get(snapshots.size() - 2);
    assertThat(later.tasks().get(1).bestRound()).isZero();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer(1, rounds).train(TinyTasks.tasks(spark), r -> {}, later, s -> {}))
        .withMessageContaining("it has no steps left, and none of its rounds was validated");
    HeldBySpark.awaitNothing(spark);
  }

  private static MultiTaskTrainer trainer(int epochs, RoundConfig rounds) {
    return new MultiTaskTrainer(
        spark, model, TinyTasks.ADAPTER, TinyTasks.training(epochs, 1e-3), rounds);
  }

  @Test
  void neverIsNotOften() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TinyTasks.rounds(0, Scope.TASK, 0))
        .withMessage("spark.validateEvery must be at least 1, got 0");
  }
}
