package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What many reducers average of a task has the bits of one. */
class SlicedRoundsTest extends LocalSparkTest {
  private static final String SIZE = "spark.cola4j.sliceSize";

  private static TrainingRun train(RoundConfig rounds, String sliceSize) {
    spark.sc().conf().set(SIZE, sliceSize);
    try {
      return TrainingRun.of(spark, TinyTasks.adapter("heuristic", 0.1), TinyTasks.TRAINING, rounds);
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
