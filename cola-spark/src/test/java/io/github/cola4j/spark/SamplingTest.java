package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import io.github.cola4j.train.language.LanguageModeling;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tasks that count by temperature, and shards that differ by label, in training. */
class SamplingTest extends LocalSparkTest {
  private static TrainingRun run(
      TrainingConfig training, RoundConfig rounds, List<TaskData<Example>> tasks) {
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(spark, model, TinyTasks.ADAPTER, training, rounds);
    return TrainingRun.of(trainer, tasks, round -> {});
  }

  private static List<TaskData<Example>> tasks() {
    return List.of(
        TinyTasks.task(spark, "small", 20, 8, 2, false),
        TinyTasks.task(spark, "large", 80, 8, 2, false));
  }

  @Test
  void temperatureSharesOutTheStepsOfTasksOfTheirOwn() {
    TrainingConfig training = TinyTasks.training(3, 1e-3);

    TrainingRun plain =
        run(
            training,
            RoundConfig.defaults()
                .withExamplesPerShard(20)
                .withLocalSteps(0)
                .withPatience(0)
                .withMetric("loss")
                .withScope(Scope.TASK),
            tasks());
    TrainingRun even =
        run(
            training,
            RoundConfig.defaults()
                .withExamplesPerShard(20)
                .withLocalSteps(0)
                .withPatience(0)
                .withMetric("loss")
                .withScope(Scope.TASK)
                .withTemperature(2.0),
            tasks());

    // an epoch has 5 steps of 4 examples a shard; √20 : √80 = 1 : 2 of 3 · 100 examples
    assertThat(plain.rounds("small")).extracting(RoundMetrics::totalSteps).containsOnly(15);
    assertThat(plain.rounds("large")).extracting(RoundMetrics::totalSteps).containsOnly(15);
    assertThat(even.rounds("small")).extracting(RoundMetrics::totalSteps).containsOnly(25);
    assertThat(even.rounds("large")).extracting(RoundMetrics::totalSteps).containsOnly(13);
    assertThat(examples(even, "small")).isEqualTo(100);
    assertThat(examples(even, "large")).isBetween(200L, 210L);
    assertThat(even.rounds().get(even.rounds().size() - 1).secondsLeft()).isZero();
  }

  private static long examples(TrainingRun run, String task) {
    return run.rounds(task).stream().mapToLong(RoundMetrics::examples).sum();
  }

  @Test
  void temperatureWeighsTheMeanOfTasksThatShare() {
    TrainingConfig training = TinyTasks.training(1, 1e-3);
    // one round: the states before the mean are those of tasks of their own
    TrainingRun own =
        run(
            training,
            RoundConfig.defaults()
                .withExamplesPerShard(20)
                .withLocalSteps(9)
                .withPatience(0)
                .withMetric("loss")
                .withScope(Scope.TASK),
            tasks());
    ParameterLayout layout =
        new AdaptedModules(model.encoder().linears(), TinyTasks.ADAPTER).layout();

    for (double temperature : new double[] {1, 2, 1e9}) {
      TrainingRun shared =
          run(
              training,
              RoundConfig.defaults()
                  .withExamplesPerShard(20)
                  .withLocalSteps(9)
                  .withPatience(0)
                  .withMetric("loss")
                  .withScope(Scope.SHARED)
                  .withTemperature(temperature),
              tasks());

      assertThat(shared.rounds()).hasSize(2);
      double small = Math.pow(20, 1 / temperature);
      double large = Math.pow(80, 1 / temperature);
      for (int i = 0; i < layout.length(); i++) {
        double mean =
            (small * own.tasks().get(0).theta()[i] + large * own.tasks().get(1).theta()[i])
                / (small + large);
        assertThat((double) shared.tasks().get(0).theta()[i]).isCloseTo(mean, within(1e-7));
      }
    }
  }

  @Test
  void skewedShardsSeeEveryExampleOnceAnEpochInTheStepsOfEvenOnes() {
    TrainingConfig training = TinyTasks.training(1, 1e-3);
    TrainingRun even =
        run(
            training,
            RoundConfig.defaults()
                .withExamplesPerShard(20)
                .withLocalSteps(0)
                .withPatience(0)
                .withMetric("loss")
                .withScope(Scope.TASK),
            tasks());

    RoundConfig rounds =
        RoundConfig.defaults()
            .withExamplesPerShard(20)
            .withLocalSteps(0)
            .withPatience(0)
            .withMetric("loss")
            .withScope(Scope.TASK)
            .withSkew(0.1);
    TrainingRun skewed = run(training, rounds, tasks());

    for (String task : List.of("small", "large")) {
      RoundMetrics before = even.rounds(task).get(0);
      RoundMetrics after = skewed.rounds(task).get(0);
      assertThat(after.examples()).isEqualTo(before.examples());
      assertThat(after.shards()).isEqualTo(before.shards());
      assertThat(after.totalSteps()).isEqualTo(before.totalSteps());
    }
    assertThat(skewed.tasks().get(1).theta()).isNotEqualTo(even.tasks().get(1).theta());
    List<TaskData<Example>> cut =
        tasks().stream()
            .map(
                t ->
                    TaskData.classification(
                        t.name(),
                        t.objective().classes(),
                        spark.parallelize(t.train().collect(), 7),
                        t.validation()))
            .toList();
    run(training, rounds, cut).assertEquals(skewed);
  }

  @Test
  void dialoguesHaveNoLabelsToSkew() {
    TaskData<Dialogue> dialogues =
        new TaskData<>(
            "chat",
            new LanguageModeling(PromptConfig.defaults()),
            spark.parallelize(List.of(Dialogue.alpaca("a", null, "b"))),
            null);
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark,
            model,
            TinyTasks.ADAPTER,
            TinyTasks.TRAINING,
            RoundConfig.defaults().withSkew(0.1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer.train(List.of(dialogues), round -> {}))
        .withMessageContaining("task 'chat'")
        .withMessageContaining("spark.skew")
        .withMessageContaining("remove the key");
  }
}
