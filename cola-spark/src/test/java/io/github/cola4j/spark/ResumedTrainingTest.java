package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.OuterConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training that goes on from any round ends as if it had never stopped. */
class ResumedTrainingTest extends LocalSparkTest {
  private static MultiTaskTrainer trainer(Scope scope, int rank) {
    return trainer(TinyTasks.rounds(2, scope), rank);
  }

  private static MultiTaskTrainer trainer(RoundConfig rounds, int rank) {
    int residual = rounds.averaging().rule().equals("residual") ? 3 : 0;
    AdapterConfig adapter =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(rank)
            .withPairing("random")
            .withInit("pissa")
            .withDropout(0.1)
            .withResidual(residual);
    return new MultiTaskTrainer(spark, model, adapter, TinyTasks.TRAINING, rounds);
  }

  @ParameterizedTest
  @EnumSource
  void fromEveryRound(Scope scope) {
    List<TrainingSnapshot> snapshots = resumed(TinyTasks.rounds(2, scope));

    if (scope == Scope.TASK) {
      assertThat(snapshots.stream().anyMatch(ResumedTrainingTest::bestIsApart)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void betweenTwoValidations(Scope scope) {
    List<TrainingSnapshot> snapshots = resumed(TinyTasks.rounds(2, scope, 3));

    assertThat(snapshots.get(0).tasks())
        .filteredOn(task -> task.bestRound() == 0)
        .isNotEmpty()
        .allSatisfy(task -> assertThat(task.bestValidation()).isNull());
  }

  @Test
  void withWhatAWayOfAveragingKeeps() {
    AveragingConfig averaging =
        AveragingConfig.defaults()
            .withRule("alternating")
            .withMoments(Moments.KEEP)
            .withOuter(new OuterConfig(0.7, 0.9));

    List<TrainingSnapshot> snapshots =
        resumed(
            RoundConfig.defaults()
                .withExamplesPerShard(20)
                .withLocalSteps(2)
                .withPatience(0)
                .withMetric("loss")
                .withScope(Scope.TASK)
                .withAveraging(averaging));

    assertThat(snapshots)
        .flatExtracting(TrainingSnapshot::tasks)
        .allSatisfy(
            task ->
                assertThat(task.vectors().get())
                    .containsKeys("velocity", "m.shard-0", "v.shard-0"));
  }

  @Test
  void withAResidualPair() {
    AveragingConfig averaging = AveragingConfig.defaults().withRule("residual");
    resumed(
        RoundConfig.defaults()
            .withExamplesPerShard(20)
            .withLocalSteps(2)
            .withPatience(0)
            .withMetric("loss")
            .withScope(Scope.TASK)
            .withAveraging(averaging));
  }

  /** The snapshots of a training, from each of which training goes on to the same end. */
  private static List<TrainingSnapshot> resumed(RoundConfig config) {
    List<TrainingSnapshot> snapshots = new ArrayList<>();
    List<RoundMetrics> rounds = new ArrayList<>();
    TrainingRun whole =
        new TrainingRun(
            trainer(config, 2)
                .train(
                    TinyTasks.tasks(spark),
                    rounds::add,
                    null,
                    later -> snapshots.add(later.held())),
            rounds);
    assertThat(snapshots).hasSizeGreaterThan(2);
    for (TrainingSnapshot from : snapshots) {
      List<RoundMetrics> all =
          new ArrayList<>(rounds.stream().filter(r -> r.round() <= from.round()).toList());
      List<TrainedTask> trained =
          trainer(config, 2).train(TinyTasks.tasks(spark), all::add, from, later -> {});
      new TrainingRun(trained, all).assertEquals(whole);
    }
    assertThat(rounds).allSatisfy(round -> assertThat(round.rejected()).isZero());
    HeldBySpark.awaitNothing(spark);
    return snapshots;
  }

  private static boolean bestIsApart(TrainingSnapshot snapshot) {
    return snapshot.tasks().stream().anyMatch(task -> task.vectors().get().containsKey("best"));
  }

  @Test
  void aSnapshotOfOtherTasksOrAdaptersIsRefused() {
    List<TrainingSnapshot> snapshots = new ArrayList<>();
    List<TaskData<io.github.cola4j.data.Example>> tasks = TinyTasks.tasks(spark);
    trainer(Scope.TASK, 2)
        .train(tasks.subList(0, 1), round -> {}, null, later -> snapshots.add(later.held()));

    assertThatThrownBy(
            () -> trainer(Scope.TASK, 2).train(tasks, r -> {}, snapshots.get(0), s -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("it had no task 'medicine', only [law]");
    assertThatThrownBy(
            () ->
                trainer(Scope.TASK, 3)
                    .train(tasks.subList(0, 1), r -> {}, snapshots.get(0), s -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("task 'law' cannot resume: expected");
    HeldBySpark.awaitNothing(spark);
  }
}
