package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The loop of rounds on the tiny BERT. */
class MultiTaskTrainerTest extends LocalSparkTest {
  /** The samples of a shard that has all of a task's examples. */
  private static List<Sample> samples(String task, List<Example> data, TrainingConfig training) {
    Tokenizer tokenizer = model.tokenizer(training.maxLength());
    long taskSeed = Seeds.mix(training.seed(), Seeds.of(task));
    int[] positions = Batcher.permutation(data.size(), Seeds.mix(taskSeed, Seeds.of("shards")));
    Sample[] samples = new Sample[data.size()];
    for (int i = 0; i < samples.length; i++) {
      Example e = data.get(i);
      int label = TinyTasks.classes(4).indexOf(e.label());
      samples[positions[i]] = tokenizer.encode(e.text(), e.pair(), label).sample();
    }
    return List.of(samples);
  }

  @ParameterizedTest
  @CsvSource({"random, 0.1", "random-reversed, 0", "full, 0.2", "heuristic, 0"})
  void oneShardIsLocalTraining(String pairing, double dropout) {
    AdapterConfig adapter = TinyTasks.adapter(pairing, dropout);
    TrainingConfig training = TinyTasks.TRAINING;
    List<Example> train = TinyTasks.examples("alone", 43, 2, true);
    List<Example> validation = TinyTasks.examples("alone validation", 19, 2, true);
    TaskData<Example> data =
        TaskData.classification(
            "alone",
            TinyTasks.classes(2),
            spark.parallelize(train, 3),
            spark.parallelize(validation, 2));

    TrainedTask trained =
        new MultiTaskTrainer(
                spark,
                model,
                adapter,
                training,
                RoundConfig.defaults()
                    .withExamplesPerShard(1000)
                    .withLocalSteps(2)
                    .withPatience(0)
                    .withMetric("loss"))
            .train(List.of(data), round -> {})
            .get(0);

    AdaptedModules modules = new AdaptedModules(model.encoder().linears(), adapter);
    float[] initial = modules.initial(training.seed());
    long taskSeed = Seeds.mix(training.seed(), Seeds.of("alone"));
    float[] start =
        TextClassifier.initialParameters(initial, 2, 32, Seeds.mix(taskSeed, Seeds.of("head")));
    // 43 examples, 4 a step: 11 steps an epoch
    Shard shard = new Shard(taskSeed, 0, 11, 22, samples("alone", train, training));
    try (Pass pass = new Pass(model.encoder().type())) {
      TextClassifier classifier = new TextClassifier(model.encoder(), modules, initial, 2);
      LocalTrainer.Result local =
          new LocalTrainer(classifier, pass, training)
              .train(TaskState.initial(start), shard, Math.min(22, 2 * trained.bestRound()));
      Evaluation evaluation =
          Evaluation.of(
              classifier,
              pass,
              local.state().theta(),
              samples("alone", validation, training),
              training.maxTokens());

      assertThat(trained.rounds()).isEqualTo(11);
      assertThat(trained.bestRound()).isGreaterThan(3);
      assertThat(trained.theta()).isEqualTo(local.state().theta());
      TrainingRun.assertEquals(trained.validation(), evaluation);
    }
  }

  @ParameterizedTest
  @EnumSource
  void twoRunsWithOneSeedAreTheSame(Scope scope) {
    AdapterConfig adapter = TinyTasks.adapter("random", 0.1);
    RoundConfig rounds = TinyTasks.rounds(0, scope);

    TrainingRun first = TrainingRun.of(spark, adapter, TinyTasks.TRAINING, rounds);

    first.assertEquals(TrainingRun.of(spark, adapter, TinyTasks.TRAINING, rounds));
    assertThat(first.tasks())
        .extracting(TrainedTask::name)
        .containsExactly("law", "medicine", "pairs");
  }

  @Test
  void anotherSeedIsAnotherRun() {
    TrainingConfig other =
        TrainingConfig.defaults()
            .withEpochs(2)
            .withBatchSize(4)
            .withAccumulation(1)
            .withMaxTokens(64)
            .withMaxLength(16)
            .withOptimizer(TinyTasks.TRAINING.optimizer())
            .withSchedule(TinyTasks.TRAINING.schedule())
            .withSeed(6L);
    RoundConfig rounds = TinyTasks.rounds(0, Scope.TASK);

    TrainingRun first = TrainingRun.of(spark, TinyTasks.ADAPTER, TinyTasks.TRAINING, rounds);
    TrainingRun second = TrainingRun.of(spark, TinyTasks.ADAPTER, other, rounds);

    for (int t = 0; t < 3; t++) {
      assertThat(first.tasks().get(t).theta()).isNotEqualTo(second.tasks().get(t).theta());
    }
  }

  @ParameterizedTest
  @EnumSource
  void tasksHaveInCommonWhatTheScopeShares(Scope scope) {
    // with a shared scope the tasks' best round is the same, so their best states are comparable
    TrainingRun run =
        TrainingRun.of(spark, TinyTasks.ADAPTER, TinyTasks.TRAINING, TinyTasks.rounds(0, scope));

    ParameterLayout layout =
        new AdaptedModules(model.encoder().linears(), TinyTasks.ADAPTER).layout();
    float[] law = run.tasks().get(0).theta();
    for (TrainedTask other : run.tasks().subList(1, 3)) {
      for (ParameterLayout.Entry entry : layout.entries()) {
        boolean shared =
            scope == Scope.SHARED || (scope == Scope.SHARED_A && entry.kind() == Kind.A);
        assertThat(slice(law, entry).equals(slice(other.theta(), entry)))
            .as("%s of %s is shared", entry.name(), other.name())
            .isEqualTo(shared);
      }
    }
  }

  private static List<Float> slice(float[] vector, ParameterLayout.Entry entry) {
    List<Float> slice = new ArrayList<>();
    for (int i = entry.offset(); i < entry.offset() + entry.length(); i++) {
      slice.add(vector[i]);
    }
    return slice;
  }

  @Test
  void bytesOfARoundAreThoseOfAdapters() {
    AtomicLong shuffled = new AtomicLong();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            shuffled.addAndGet(end.taskMetrics().shuffleWriteMetrics().bytesWritten());
          }
        };
    spark.sc().addSparkListener(listener);
    TrainingRun run;
    try {
      run =
          TrainingRun.of(
              spark, TinyTasks.ADAPTER, TinyTasks.TRAINING, TinyTasks.rounds(0, Scope.TASK));
    } finally {
      spark.sc().removeSparkListener(listener);
    }

    AdaptedModules all = new AdaptedModules(model.encoder().linears(), TinyTasks.ADAPTER);
    int copies = all.layout().length() - all.collapsed().orElseThrow().layout().length();
    int[] shards = {3, 3, 1};
    for (int t = 0; t < 3; t++) {
      TrainedTask task = run.tasks().get(t);
      long state = 12L * (task.theta().length - copies);
      List<RoundMetrics> rounds = run.rounds(task.name());
      assertThat(rounds)
          .hasSize(task.rounds())
          .extracting(RoundMetrics::shards)
          .containsOnly(shards[t]);
      long moved = shards[t] == 1 ? 0 : shards[t] * state; // one shard's state stays with it
      assertThat(rounds).extracting(RoundMetrics::bytesToExecutors).containsOnly(moved);
      assertThat(rounds).extracting(RoundMetrics::bytesFromExecutors).containsOnly(moved);
    }
    // what Spark really moved: compressed, with the tokens of the shards
    long reported =
        run.rounds().stream().mapToLong(m -> m.bytesToExecutors() + m.bytesFromExecutors()).sum();
    assertThat(shuffled.get()).isBetween(reported / 4, reported * 11 / 10);
  }

  @Test
  void stopsEarlyAndKeepsTheBestState() {
    // a learning rate at which the validation loss goes down and then up
    TrainingConfig training = TinyTasks.training(30, 1e-2);
    int patience = 3;
    List<TaskData<Example>> tasks = TinyTasks.tasks(spark);
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark, model, TinyTasks.ADAPTER, training, TinyTasks.rounds(patience, Scope.TASK));

    TrainingRun run = TrainingRun.of(trainer, tasks, round -> {});

    for (TrainedTask task : run.tasks()) {
      List<RoundMetrics> rounds = run.rounds(task.name());
      assertThat(rounds).hasSize(task.rounds());
      assertThat(task.rounds()).isEqualTo(task.bestRound() + patience);
      assertThat(rounds.get(rounds.size() - 1).step()).isLessThan(rounds.get(0).totalSteps());
      for (RoundMetrics round : rounds) {
        double factor = training.schedule().factor(round.step() - 1, round.totalSteps());
        assertThat(round.learningRate()).isEqualTo(training.optimizer().learningRate() * factor);
      }
      RoundMetrics best = rounds.get(task.bestRound() - 1);
      assertThat(rounds).allMatch(round -> round.validationLoss() >= best.validationLoss());
      assertThat(rounds.stream().filter(RoundMetrics::best).reduce((a, b) -> b)).contains(best);
      assertThat(task.validation().loss()).isEqualTo(best.validationLoss());
    }
    // the state that was kept is the one that had this score
    TaskData<Example> law = tasks.get(0);
    Evaluation again =
        trainer
            .evaluate(
                List.of(new TaskData<>("law", law.objective(), law.validation(), null)),
                List.of(run.tasks().get(0).theta()))
            .get(0);
    assertThat(again.lossSum())
        .isCloseTo(run.tasks().get(0).validation().lossSum(), Offset.offset(1e-4));
  }

  @Test
  void countsTruncatedExamples() {
    TrainingConfig training =
        TrainingConfig.defaults().withEpochs(1).withMaxLength(12).withSeed(5L);
    List<TaskData<Example>> tasks = TinyTasks.tasks(spark);

    List<TrainedTask> trained =
        new MultiTaskTrainer(
                spark, model, TinyTasks.ADAPTER, training, TinyTasks.rounds(0, Scope.TASK))
            .train(tasks, round -> {});

    for (int t = 0; t < 3; t++) {
      List<Example> all = new ArrayList<>(tasks.get(t).train().collect());
      if (tasks.get(t).validation() != null) {
        all.addAll(tasks.get(t).validation().collect());
      }
      // each word is a token; [CLS] and [SEP], and another [SEP] behind a pair
      long tooLong =
          all.stream()
              .filter(e -> words(e.text()) + words(e.pair()) + (e.pair() == null ? 2 : 3) > 12)
              .count();
      assertThat(tooLong).isBetween(1L, all.size() - 1L);
      assertThat(trained.get(t).truncated()).isEqualTo(tooLong);
    }
    assertThat(trained).extracting(TrainedTask::trainExamples).containsExactly(43L, 55L, 11L);
  }

  private static int words(String text) {
    return text == null ? 0 : (int) Arrays.stream(text.split(" ")).count();
  }

  @Test
  void refusesWhatItCannotTrain() {
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark, model, TinyTasks.ADAPTER, TinyTasks.TRAINING, TinyTasks.rounds(0, Scope.TASK));
    List<String> classes = TinyTasks.classes(2);
    TaskData<Example> empty = TaskData.classification("empty", classes, spark.emptyRDD(), null);
    TaskData<Example> one =
        TaskData.classification(
            "one", classes, spark.parallelize(TinyTasks.examples("one", 1, 2, false)), null);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer.train(List.of(), round -> {}))
        .withMessageContaining("no task");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer.train(List.of(empty), round -> {}))
        .withMessageContaining("task 'empty' has no training examples");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer.train(List.of(one), round -> {}))
        .withMessageContaining("task 'one' has one example");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer.train(List.of(one, one), round -> {}))
        .withMessageContaining("two tasks are named 'one'");
  }
}
