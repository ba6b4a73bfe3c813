package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** After training, ended well or not, Spark holds nothing of it. */
class ResourcesTest extends LocalSparkTest {
  @AfterEach
  void nothingIsHeld() {
    HeldBySpark.awaitNothing(spark);
  }

  private static MultiTaskTrainer trainer(TrainingConfig training, Scope scope) {
    return new MultiTaskTrainer(
        spark, model, TinyTasks.ADAPTER, training, TinyTasks.rounds(0, scope));
  }

  @Test
  void afterTraining() {
    List<Integer> broadcasts = new ArrayList<>();
    List<Integer> persisted = new ArrayList<>();

    trainer(TinyTasks.TRAINING, Scope.SHARED_A)
        .train(
            TinyTasks.tasks(spark),
            round -> {
              broadcasts.add(HeldBySpark.states());
              persisted.add(spark.getPersistentRDDs().size());
            });

    assertThat(broadcasts).as("the initial factors").containsOnly(1);
    assertThat(persisted).as("shards to train on and to validate with, states").containsOnly(3);
  }

  @Test
  void afterTestAndBaseline() {
    MultiTaskTrainer trainer = trainer(TinyTasks.TRAINING, Scope.TASK);
    List<TaskData<Example>> tasks = List.of(TinyTasks.task(spark, "law", 43, 15, 2, false));
    List<float[]> theta =
        trainer.train(tasks, round -> {}).stream().map(TrainedTask::theta).toList();

    assertThat(trainer.evaluate(tasks, theta).get(0).examples()).isEqualTo(43);
    assertThat(trainer.probe(tasks, tasks).get(0)).isBetween(0.5, 1.0);
  }

  @Test
  void whenTheListenerFails() {
    assertThatThrownBy(
            () ->
                trainer(TinyTasks.TRAINING, Scope.TASK)
                    .train(
                        TinyTasks.tasks(spark),
                        round -> {
                          throw new IllegalStateException("disk full");
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("disk full");
  }

  @Test
  void whenStepsDiverge() {
    TrainingConfig diverging =
        TrainingConfig.defaults()
            .withEpochs(3)
            .withBatchSize(4)
            .withAccumulation(1)
            .withMaxTokens(64)
            .withMaxLength(16)
            .withOptimizer(
                OptimizerConfig.defaults()
                    .withLearningRate(1e30)
                    .withHeadLearningRate(1e30)
                    .withWeightDecay(0.0)
                    .withClipNorm(0.0))
            .withSeed(5L);

    assertThatThrownBy(
            () -> trainer(diverging, Scope.TASK).train(TinyTasks.tasks(spark), round -> {}))
        .isInstanceOf(DivergedException.class)
        .hasMessageContainingAll("shards are rejected", "lower the learning rate");
  }

  @Test
  void whenALabelIsUnknown() {
    List<Example> data = TinyTasks.examples("law", 43, 3, false);
    TaskData<Example> task =
        TaskData.classification("law", TinyTasks.classes(2), spark.parallelize(data), null);

    assertThatThrownBy(() -> trainer(TinyTasks.TRAINING, Scope.TASK).train(List.of(task), r -> {}))
        .rootCause()
        .hasMessageContaining("labelled 'c', which is none of the classes [a, b]");
  }

  @Test
  void whenDataCannotBeRead() {
    JavaRDD<Example> unreadable =
        spark
            .parallelize(TinyTasks.examples("law", 43, 2, false))
            .map(
                example -> {
                  throw new IllegalStateException("no such file");
                });
    List<TaskData<Example>> tasks =
        List.of(
            TinyTasks.task(spark, "good", 43, 15, 2, false),
            TaskData.classification("bad", TinyTasks.classes(2), unreadable, null));

    assertThatThrownBy(() -> trainer(TinyTasks.TRAINING, Scope.TASK).train(tasks, round -> {}))
        .rootCause()
        .hasMessage("no such file");
    assertThatThrownBy(
            () ->
                trainer(TinyTasks.TRAINING, Scope.TASK)
                    .evaluate(tasks, List.of(new float[1], new float[1])))
        .rootCause()
        .hasMessage("no such file");
  }
}
