package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.SnapshotListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What many reducers average of a task has the bits of one. */
class SlicedRoundsTest extends LocalSparkTest {
  private static final String SIZE = "spark.cola4j.sliceSize";

  private static TrainingRun train(RoundConfig rounds, String sliceSize) {
    spark.sc().conf().set(SIZE, sliceSize);
    try {
      MultiTaskTrainer trainer =
          new MultiTaskTrainer(
              spark,
              BaseModelCache.load(TinyTasks.folder().toString()),
              TinyTasks.adapter("heuristic", 0.1),
              TinyTasks.TRAINING,
              rounds);
      List<RoundMetrics> all = new ArrayList<>();
      return new TrainingRun(
          trainer.train(TinyTasks.tasks(spark), all::add, null, SnapshotListener.none()), all);
    } finally {
      spark.sc().conf().remove(SIZE);
    }
  }

  private static int stages(SparkJobs jobs) {
    return jobs.started().stream().mapToInt(SparkJobs.Started::stages).sum();
  }

  @ParameterizedTest
  @CsvSource({"TASK, mean", "SHARED_A, mean", "TASK, gradients"})
  void haveTheBitsOfOneReducer(Scope scope, String rule) {
    RoundConfig config =
        TinyTasks.rounds(0, scope)
            .withExamplesPerShard(2)
            .withLocalSteps(rule.equals("gradients") ? 1 : 2)
            .withAveraging(AveragingConfig.defaults().withRule(rule));
    TrainingRun whole;
    int stages;
    try (SparkJobs jobs = new SparkJobs(spark)) {
      whole = train(config, "64m");
      stages = stages(jobs);
    }
    assertThat(whole.rounds()).extracting(RoundMetrics::shards).contains(6, 22);

    try (SparkJobs jobs = new SparkJobs(spark)) {
      train(config, "10k").assertEquals(whole);
      assertThat(stages(jobs)).isGreaterThan(stages);
    }
  }
}
