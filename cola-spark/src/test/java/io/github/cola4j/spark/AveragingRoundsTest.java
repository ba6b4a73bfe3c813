package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.averaging.AdapterStructure;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.AveragingRule;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.OuterConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rounds on Spark against the same rounds in a loop, for each way of averaging. */
class AveragingRoundsTest extends LocalSparkTest {
  private static final int SHARDS = 3;
  private static final int STEPS = 2;
  private static final int ROUNDS = 6;
  private static final TrainingConfig TRAINING = training(1e-8);

  private static TrainingConfig training(double eps) {
    return TrainingConfig.defaults()
        .withEpochs(3)
        .withBatchSize(4)
        .withAccumulation(1)
        .withMaxTokens(64)
        .withMaxLength(16)
        .withOptimizer(
            OptimizerConfig.defaults()
                .withLearningRate(2e-3)
                .withHeadLearningRate(1e-2)
                .withWeightDecay(0.01)
                .withEps(eps))
        .withSchedule(ScheduleConfig.defaults().withName("constant"))
        .withSeed(5L);
  }

  private static TrainingRun run(
      AdapterConfig adapter, TrainingConfig training, RoundConfig rounds) {
    return TrainingRun.of(
        new MultiTaskTrainer(spark, model, adapter, training, rounds),
        List.of(TinyTasks.task(spark, "law", 43, 15, 2, false)),
        round -> {});
  }

  /** The task's shards as they are dealt out: 4 steps an epoch. */
  private static List<Shard> shards(int count, TrainingConfig training) {
    List<Example> data = TinyTasks.examples("law", 43, 2, false);
    long taskSeed = Seeds.mix(training.seed(), Seeds.of("law"));
    int[] positions = Batcher.permutation(data.size(), Seeds.mix(taskSeed, Seeds.of("shards")));
    Sample[] placed = new Sample[data.size()];
    for (int i = 0; i < placed.length; i++) {
      Example e = data.get(i);
      placed[positions[i]] =
          model
              .tokenizer(training.maxLength())
              .encode(e.text(), e.pair(), TinyTasks.classes(2).indexOf(e.label()))
              .sample();
    }
    List<Shard> shards = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      List<Sample> mine = new ArrayList<>();
      for (int p = k; p < placed.length; p += count) {
        mine.add(placed[p]);
      }
      int epoch = Shard.stepsPerEpoch((42 / count) + 1, training);
      shards.add(new Shard(taskSeed, k, epoch, training.epochs() * epoch, mine));
    }
    return shards;
  }

  /** A task's model in this thread, equal factors once where the trainer has them so. */
  private static final class Local implements AutoCloseable {
    final Pass pass = new Pass(model.encoder().type());
    final AdaptedModules modules;
    final LocalTrainer trainer;
    final float[] start;

    Local(AdapterConfig adapter, TrainingConfig training) {
      AdaptedModules all = new AdaptedModules(model.encoder().linears(), adapter);
      modules = all.collapsed().orElse(all);
      float[] initial = modules.initial(training.seed());
      long taskSeed = Seeds.mix(training.seed(), Seeds.of("law"));
      start =
          TextClassifier.initialParameters(initial, 2, 32, Seeds.mix(taskSeed, Seeds.of("head")));
      trainer =
          new LocalTrainer(
              new TextClassifier(model.encoder(), modules, initial, 2), pass, training);
    }

    /** Parameters as adapters have them. */
    float[] every(float[] theta) {
      return modules.layout().expand(theta);
    }

    @Override
    public void close() {
      pass.close();
    }
  }

  private static LocalSteps steps(AveragingConfig averaging, int round) {
    Map<Kind, Integer> behind = new EnumMap<>(Kind.class);
    boolean reset = averaging.moments() == Moments.RESET;
    boolean alternating = averaging.rule().equals("alternating");
    for (Kind kind : Kind.trainable()) {
      behind.put(kind, reset ? 0 : STEPS * (round - 1));
    }
    if (alternating && round % 2 == 1) {
      behind.remove(Kind.A);
      behind.put(Kind.B, reset ? 0 : round - 1); // half of the rounds, of two steps
    } else if (alternating) {
      behind.remove(Kind.B);
      behind.put(Kind.A, reset ? 0 : round - 2);
    } else if (averaging.rule().equals("frozen_a")) {
      behind.remove(Kind.A);
    }
    return new LocalSteps(STEPS, behind);
  }

  @ParameterizedTest
  @CsvSource({
    "mean, AVERAGE, false, full",
    "alternating, AVERAGE, false, heuristic",
    "alternating, RESET, false, full",
    "alternating, KEEP, true, random",
    "frozen_a, AVERAGE, false, heuristic",
    "product, AVERAGE, false, heuristic",
    "product, KEEP, true, full",
    "residual, AVERAGE, false, heuristic",
    "residual, KEEP, false, random",
    "residual, RESET, false, full",
    "fair, RESET, false, full",
    "mean, KEEP, false, heuristic",
    "mean, AVERAGE, true, full"
  })
  void roundsOnSparkAreTheSameInALoop(
      String ruleName, Moments moments, boolean outer, String pairing) {
    AdapterConfig adapter =
        ruleName.equals("residual") ? residual(pairing) : TinyTasks.adapter(pairing, 0);
    AveragingConfig averaging =
        AveragingConfig.defaults()
            .withRule(ruleName)
            .withMoments(moments)
            .withOuter(outer ? new OuterConfig(0.7, 0.5) : null);

    TrainingRun run =
        run(
            adapter,
            TRAINING,
            RoundConfig.defaults()
                .withExamplesPerShard(20)
                .withLocalSteps(STEPS)
                .withPatience(0)
                .withMetric("loss")
                .withScope(Scope.TASK)
                .withAveraging(averaging));

    AveragingRule rule = AveragingRules.of(averaging);
    List<Shard> shards = shards(SHARDS, TRAINING);
    List<float[]> expected = new ArrayList<>();
    List<Long> trained = new ArrayList<>();
    List<float[]> adapters = new ArrayList<>();
    try (Local local = new Local(adapter, TRAINING)) {
      AdapterStructure structure = AdapterStructure.of(local.modules);
      TaskState state = TaskState.initial(local.start);
      int length = local.start.length;
      double[] velocity = new double[length];
      float[] zeros = new float[length];
      List<TaskState> own = new ArrayList<>(java.util.Collections.nCopies(SHARDS, state));
      for (int round = 1; round <= ROUNDS; round++) {
        LocalSteps steps = steps(averaging, round);
        List<Weighted> updates = new ArrayList<>();
        GradientNorms all = GradientNorms.NONE;
        for (int k = 0; k < SHARDS; k++) {
          TaskState from =
              moments == Moments.KEEP
                  ? new TaskState(state.theta(), own.get(k).m(), own.get(k).v(), state.step())
                  : state;
          LocalTrainer.Result result = local.trainer.train(from, shards.get(k), steps);
          own.set(k, result.state());
          all = all.plus(result.norms());
          updates.add(new Weighted(result.state(), result.examples()));
        }
        assertThat(run.rounds().get(round - 1).gradientNorm())
            .isCloseTo(all.mean(), Offset.offset(outer ? 1e-3 : 0));
        TaskState mean = rule.average(updates, structure);
        float[] theta = mean.theta().clone();
        boolean[] mask = mask(structure, length, steps);
        for (int i = 0; outer && i < length; i++) {
          if (mask[i]) {
            double delta = (double) state.theta()[i] - mean.theta()[i];
            velocity[i] = (float) (0.5 * velocity[i] + delta);
            theta[i] = (float) (state.theta()[i] - 0.7 * (delta + 0.5 * velocity[i]));
          }
        }
        state =
            moments == Moments.AVERAGE
                ? new TaskState(theta, mean.m(), mean.v(), mean.step())
                : new TaskState(theta, zeros, zeros, mean.step());
        expected.add(theta);
        adapters.add(local.every(theta));
        long count = 0;
        for (boolean one : mask) {
          count += one ? 1 : 0;
        }
        trained.add(count);
      }
    }

    TrainedTask task = run.tasks().get(0);
    assertThat(task.rounds()).isEqualTo(ROUNDS);
    assertThat(task.bestRound()).isGreaterThan(2);
    float[] best = expected.get(task.bestRound() - 1);
    float[] adapted = adapters.get(task.bestRound() - 1);
    if (outer) { // v is rounded once more or less
      assertThat(task.theta()).containsExactly(adapted, Offset.offset(1e-5f));
    } else {
      assertThat(task.theta()).isEqualTo(adapted);
    }
    for (int round = 1; round <= ROUNDS; round++) {
      RoundMetrics metrics = run.rounds().get(round - 1);
      long vectors = moments == Moments.RESET ? 1 : 3;
      assertThat(metrics.bytesFromExecutors())
          .isEqualTo(SHARDS * vectors * 4 * trained.get(round - 1));
      assertThat(metrics.bytesToExecutors()).isEqualTo(SHARDS * 12L * best.length);
    }
  }

  private static AdapterConfig residual(String pairing) {
    return AdapterConfig.defaults()
        .withA(2)
        .withB(3)
        .withRank(2)
        .withPairing(pairing)
        .withInit("pissa")
        .withDropout(0.0)
        .withResidual(5);
  }

  @Test
  void theResidualPairChangesByAveragingAlone() {
    AdapterConfig adapter = residual("full");
    AveragingConfig averaging = AveragingConfig.defaults().withRule("residual");
    for (int examplesPerShard : new int[] {20, 100}) {
      TrainingRun run =
          run(
              adapter,
              TRAINING,
              RoundConfig.defaults()
                  .withExamplesPerShard(examplesPerShard)
                  .withLocalSteps(STEPS)
                  .withPatience(0)
                  .withMetric("loss")
                  .withScope(Scope.TASK)
                  .withAveraging(averaging));
      TrainedTask task = run.tasks().get(0);
      assertThat(task.bestRound()).isGreaterThan(2);
      AdaptedModules modules = new AdaptedModules(model.encoder().linears(), adapter);
      for (Entry entry : modules.layout().entries()) {
        if (entry.kind() == Kind.FIXED) {
          boolean zero = true;
          for (int i = entry.offset(); i < entry.offset() + entry.length(); i++) {
            zero &= task.theta()[i] == 0;
          }
          assertThat(zero).as(entry.name()).isEqualTo(examplesPerShard == 100);
        }
      }
    }
  }

  private static boolean[] mask(AdapterStructure structure, int length, LocalSteps steps) {
    boolean[] mask = new boolean[length];
    Arrays.fill(mask, structure.layout().length(), length, true); // the head
    for (Entry entry : structure.layout().entries()) {
      Arrays.fill(
          mask,
          entry.offset(),
          entry.offset() + entry.length(),
          steps.trained().contains(entry.kind()));
    }
    return mask;
  }

  private static RoundConfig gradients(int examplesPerShard) {
    return RoundConfig.defaults()
        .withExamplesPerShard(examplesPerShard)
        .withLocalSteps(1)
        .withPatience(0)
        .withMetric("loss")
        .withScope(Scope.TASK)
        .withAveraging(AveragingConfig.defaults().withRule("gradients"));
  }

  @Test
  void gradientsOfAllShardsAreOneLargeBatch() {
    AdapterConfig adapter = TinyTasks.adapter("random", 0);
    TrainingConfig training = training(1e-3); // gradients of nearly nothing stay so

    TrainingRun run = run(adapter, training, gradients(20));

    List<Shard> shards = shards(SHARDS, training);
    List<float[]> expected = new ArrayList<>();
    try (Local local = new Local(adapter, training)) {
      TaskState state = TaskState.initial(local.start);
      for (int step = 0; step < 12; step++) {
        List<Sample> batch = new ArrayList<>();
        for (Shard shard : shards) {
          int size = shard.samples().size();
          long seed = Seeds.mix(shard.taskSeed(), shard.index());
          int[] order = Batcher.permutation(size, Seeds.mix(seed, 1, step / 4));
          for (int i = step % 4 * size / 4; i < (step % 4 + 1) * size / 4; i++) {
            batch.add(shard.samples().get(order[i]));
          }
        }
        assertThat(batch).hasSizeBetween(9, 12);
        Shard all = new Shard(shards.get(0).taskSeed(), 0, 1, 12, batch);
        LocalTrainer.Result result = local.trainer.train(state, all, 1);
        state = result.state();
        assertThat(run.rounds().get(step).gradientNorm())
            .isCloseTo(result.norms().mean(), Offset.offset(1e-4));
        expected.add(state.theta());
      }
    }
    TrainedTask task = run.tasks().get(0);
    assertThat(task.rounds()).isEqualTo(12);
    assertThat(task.bestRound()).isGreaterThan(3);
    float[] best = expected.get(task.bestRound() - 1);
    assertThat(task.theta()).containsExactly(best, Offset.offset(2e-6f));
    assertThat(run.rounds())
        .extracting(RoundMetrics::bytesFromExecutors)
        .containsOnly(SHARDS * 4L * best.length);
  }

  @Test
  void gradientsOfOneShardAreLocalTrainingToTheBit() {
    TrainingRun run = run(TinyTasks.ADAPTER, TRAINING, gradients(100));
    TrainedTask task = run.tasks().get(0);
    assertThat(task.bestRound()).isGreaterThan(3);
    try (Local local = new Local(TinyTasks.ADAPTER, TRAINING)) {
      assertThat(task.theta())
          .isEqualTo(
              local.every(
                  local
                      .trainer
                      .train(
                          TaskState.initial(local.start),
                          shards(1, TRAINING).get(0),
                          task.bestRound())
                      .state()
                      .theta()));
    }
  }

  @Test
  void aNeverMovesWhereItIsFrozen() {
    RoundConfig rounds =
        RoundConfig.defaults()
            .withExamplesPerShard(20)
            .withLocalSteps(STEPS)
            .withPatience(0)
            .withMetric("loss")
            .withScope(Scope.SHARED)
            .withAveraging(AveragingConfig.defaults().withRule("frozen_a"));
    TrainingRun run = TrainingRun.of(spark, TinyTasks.ADAPTER, TRAINING, rounds);
    AdaptedModules modules = new AdaptedModules(model.encoder().linears(), TinyTasks.ADAPTER);
    float[] initial = modules.initial(TRAINING.seed());
    for (TrainedTask task : run.tasks()) {
      for (Entry entry : modules.layout().entries()) {
        int end = entry.offset() + entry.length();
        boolean same =
            Arrays.equals(task.theta(), entry.offset(), end, initial, entry.offset(), end);
        assertThat(same).as(entry.name()).isEqualTo(entry.kind() == Kind.A);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeAnythingIsRead() {
    RoundConfig rounds =
        RoundConfig.defaults()
            .withScope(Scope.TASK)
            .withAveraging(AveragingConfig.defaults().withRule("product"));
    AdapterConfig ia3 = AdapterConfig.of("ia3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MultiTaskTrainer(spark, model, ia3, TRAINING, rounds))
        .withMessageContaining("cola, lora, rslora, lora+ or pissa");
    for (String method :
        List.of(
            "dora",
            "hydralora",
            "lily",
            "moelora",
            "miss",
            "shira",
            "hira",
            "vera",
            "gralora",
            "oft")) {
      Job job =
          Job.of(List.of(TaskSpec.of("t", List.of("/none"))), "/none")
              .withAdapter(AdapterConfig.of(method).withRank(4))
              .withTraining(TRAINING)
              .withSpark(rounds);
      assertThatThrownBy(() -> JobRunner.requireFit(job, model))
          .isInstanceOf(InvalidJobException.class)
          .hasMessageContaining("spark.averaging.rule product is for adapters that are products");
    }
  }
}
