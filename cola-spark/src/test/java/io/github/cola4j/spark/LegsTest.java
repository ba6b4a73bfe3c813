package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.SnapshotListener;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several rounds in one Spark task are what they are one by one. */
class LegsTest extends LocalSparkTest {
  private static RoundConfig rounds(int examplesPerShard) {
    return TinyTasks.rounds(0, Scope.TASK).withExamplesPerShard(examplesPerShard);
  }

  private static TrainingRun train(
      RoundConfig rounds, TrainingSnapshot from, SnapshotListener snapshots) {
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark,
            BaseModelCache.load(TinyTasks.folder().toString()),
            TinyTasks.adapter("random", 0.1),
            TinyTasks.TRAINING,
            rounds);
    List<RoundMetrics> all = new ArrayList<>();
    return new TrainingRun(trainer.train(TinyTasks.tasks(spark), all::add, from, snapshots), all);
  }

  /** Also where some tasks have several shards, and where tasks stop at other times. */
  @ParameterizedTest
  @CsvSource({
    "1000, 1, 1, accuracy",
    "1000, 3, 2, loss",
    "20, 2, 1, accuracy",
  })
  void areTheSameToTheBit(int examplesPerShard, int validateEvery, int patience, String metric) {
    RoundConfig config =
        rounds(examplesPerShard)
            .withValidateEvery(validateEvery)
            .withPatience(patience)
            .withMetric(metric);

    TrainingRun oneByOne = train(config, null, snapshot -> {});

    train(config, null, SnapshotListener.none()).assertEquals(oneByOne);
    train(config, null, SnapshotListener.of(2, snapshot -> {})).assertEquals(oneByOne);
    assertThat(oneByOne.rounds())
        .extracting(RoundMetrics::bytesToDriver)
        .allMatch(bytes -> bytes > 0);
  }

  @Test
  void fewerJobsTrainThem() {
    RoundConfig config = rounds(1000);
    List<Integer> jobs = new ArrayList<>();
    for (int every : new int[] {1, 3, 1000}) {
      try (SparkJobs started = new SparkJobs(spark)) {
        train(config, null, SnapshotListener.of(every, snapshot -> {}));
        jobs.add(started.started().size());
      }
    }
    assertThat(jobs.get(1)).isLessThan(jobs.get(0));
    assertThat(jobs.get(2)).isLessThan(jobs.get(1));
  }

  @Test
  void trainingResumesBetweenThem() {
    RoundConfig config = rounds(1000).withPatience(2);
    List<TrainingSnapshot> snapshots = new ArrayList<>();
    TrainingRun whole =
        train(config, null, SnapshotListener.of(3, later -> snapshots.add(later.held())));

    assertThat(snapshots).extracting(TrainingSnapshot::round).startsWith(3, 6);
    TrainingRun rest = train(config, snapshots.get(0), SnapshotListener.none());
    for (int t = 0; t < whole.tasks().size(); t++) {
      assertThat(rest.tasks().get(t).theta()).isEqualTo(whole.tasks().get(t).theta());
      assertThat(rest.tasks().get(t).rounds()).isEqualTo(whole.tasks().get(t).rounds());
    }
  }
}
