package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/** What a training gave, for comparison to the bit. */
record TrainingRun(List<TrainedTask> tasks, List<RoundMetrics> rounds) {

  static TrainingRun of(
      JavaSparkContext spark, AdapterConfig adapter, TrainingConfig training, RoundConfig rounds) {
    BaseModel model = BaseModelCache.load(TinyTasks.folder().toString());
    return of(
        new MultiTaskTrainer(spark, model, adapter, training, rounds),
        TinyTasks.tasks(spark),
        round -> {});
  }

  static TrainingRun of(
      MultiTaskTrainer trainer, List<TaskData<Example>> tasks, Consumer<RoundMetrics> listener) {
    List<RoundMetrics> rounds = new ArrayList<>();
    Consumer<RoundMetrics> all = listener.andThen(rounds::add);
    // a snapshot after each round, so that one hears of each before the next
    return new TrainingRun(trainer.train(tasks, all::accept, null, snapshot -> {}), rounds);
  }

  /** The metrics of one task. */
  List<RoundMetrics> rounds(String task) {
    return rounds.stream().filter(round -> round.task().equals(task)).toList();
  }

  void assertEquals(TrainingRun other) {
    assertThat(tasks).hasSameSizeAs(other.tasks);
    for (int t = 0; t < tasks.size(); t++) {
      TrainedTask mine = tasks.get(t);
      TrainedTask theirs = other.tasks.get(t);
      assertThat(mine.name()).isEqualTo(theirs.name());
      assertThat(mine.theta()).isEqualTo(theirs.theta());
      assertThat(mine.bestRound()).isEqualTo(theirs.bestRound());
      assertThat(mine.rounds()).isEqualTo(theirs.rounds());
      assertEquals(mine.validation(), theirs.validation());
    }
    assertThat(rounds)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
            "shardSeconds",
            "slowestShardSeconds",
            "examplesPerSecond",
            "seconds",
            "time",
            "secondsLeft",
            "bytesToDriver", // Spark's own numbers are in it
            "timestamp")
        .isEqualTo(other.rounds);
  }

  static void assertEquals(Evaluation mine, Evaluation theirs) {
    assertThat(mine).usingRecursiveComparison().isEqualTo(theirs);
  }
}
