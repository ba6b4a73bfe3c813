package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.OuterConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.spark.training.TrainingStart;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rounds on Spark with equal factors once, against rounds with every factor. */
class CollapsedTrainingTest extends LocalSparkTest {
  private static final AdapterConfig ADAPTER = TinyTasks.ADAPTER;
  private static final int HEAD = 2 * (32 + 1);

  /** Two shards of 22 and 21 examples: 6 steps an epoch, 54 in all; clipped in every step. */
  private static final TrainingConfig TRAINING =
      TinyTasks.training(9, 2e-3)
          .withOptimizer(
              OptimizerConfig.defaults()
                  .withLearningRate(2e-3)
                  .withWeightDecay(0.1)
                  .withClipNorm(0.3));

  private record Run(
      TrainedTask task, List<RoundMetrics> rounds, List<TrainingSnapshot> snapshots) {
    TrainedAdapter adapter() {
      return task.adapter();
    }

    /** A vector after the last round. */
    float[] last(String vector) {
      return snapshots.get(snapshots.size() - 1).task("law").vectors().get().get(vector);
    }

    /** Bytes of the factors in the state that a shard gets. */
    long factorBytes() {
      return rounds.get(0).bytesToExecutors() / rounds.get(0).shards() - 12L * HEAD;
    }
  }

  private static RoundConfig rounds(AveragingConfig averaging, int localSteps) {
    return TinyTasks.rounds(0, Scope.TASK)
        .withExamplesPerShard(22)
        .withLocalSteps(localSteps)
        .withAveraging(averaging);
  }

  private static Run run(
      AdapterConfig adapter,
      RoundConfig rounds,
      TrainingStart start,
      TrainingSnapshot from,
      boolean collapses) {
    List<TaskData<Example>> data = List.of(TinyTasks.task(spark, "law", 43, 15, 2, false));
    List<RoundMetrics> metrics = new ArrayList<>();
    List<TrainingSnapshot> snapshots = new ArrayList<>();
    TrainedTask task =
        new MultiTaskTrainer(spark, model, adapter, TRAINING, rounds, start, collapses)
            .train(data, metrics::add, from, later -> snapshots.add(later.held()))
            .get(0);
    return new Run(task, metrics, snapshots);
  }

  private static Run run(AdapterConfig adapter, boolean collapses) {
    return run(adapter, rounds(AveragingConfig.defaults(), 6), null, null, collapses);
  }

  private static Run resumed(TrainingSnapshot from, boolean collapses) {
    return run(ADAPTER, rounds(AveragingConfig.defaults(), 6), null, from, collapses);
  }

  private static void assertClose(float[] vector, float[] expected) {
    assertThat(vector).hasSameSizeAs(expected);
    float most = 0;
    for (int i = 0; i < vector.length; i++) {
      most = Math.max(most, Math.abs(vector[i] - expected[i]));
    }
    assertThat(most).isLessThan(1e-5f);
  }

  private static void assertClose(TrainedAdapter adapter, TrainedAdapter expected) {
    assertThat(adapter.layout()).isEqualTo(expected.layout());
    assertThat(adapter.initial()).isEqualTo(expected.initial());
    assertClose(adapter.theta(), expected.theta());
    assertThat(adapter.moments().isPresent()).isEqualTo(expected.moments().isPresent());
    if (adapter.moments().isPresent()) {
      AdapterMoments moments = expected.moments().get();
      assertClose(adapter.moments().get().m(), moments.m());
      assertClose(adapter.moments().get().v(), moments.v());
      assertThat(adapter.moments().get().steps()).isEqualTo(moments.steps());
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 3", "4, 1"})
  void afterNineRoundsItIsTheSameForASmallShareOfStateAndTraffic(int a, int b) {
    AdapterConfig adapter = ADAPTER.withA(a).withB(b);

    Run once = run(adapter, true);
    Run every = run(adapter, false);

    assertThat(once.rounds()).hasSize(9).extracting(RoundMetrics::shards).containsOnly(2);
    assertThat(once.rounds().get(8).step()).isEqualTo(54);
    assertThat(once.task().bestRound()).isEqualTo(every.task().bestRound());
    assertClose(once.adapter(), every.adapter());
    AdaptedModules modules = new AdaptedModules(model.linears(), adapter);
    ParameterLayout layout = modules.collapsed().orElseThrow().layout();
    for (String vector : List.of("theta", "m", "v")) {
      assertClose(layout.expand(once.last(vector)), every.last(vector));
    }
    // the widths in and out of the tiny BERT's layers have one sum
    assertThat(once.factorBytes() * (a + b)).isEqualTo(every.factorBytes() * 2);
    for (int round = 0; round < 9; round++) {
      RoundMetrics mine = once.rounds().get(round);
      RoundMetrics theirs = every.rounds().get(round);
      long head = 2 * 12L * HEAD;
      assertThat((mine.bytesFromExecutors() - head) * (a + b))
          .isEqualTo((theirs.bytesFromExecutors() - head) * 2);
      assertThat(mine.loss()).isCloseTo(theirs.loss(), Offset.offset(1e-4));
    }
    RoundMetrics first = once.rounds().get(0);
    int length = Math.toIntExact(first.bytesToExecutors() / first.shards() / 12);
    assertThat(once.snapshots())
        .flatExtracting(TrainingSnapshot::tasks)
        .allSatisfy(
            task ->
                assertThat(task.vectors().get().values())
                    .allSatisfy(vector -> assertThat(vector).hasSize(length)));
  }

  @ParameterizedTest
  @CsvSource({"alternating, KEEP, true", "fair, RESET, false", "residual, AVERAGE, false"})
  void everyWayOfAveragingKeepsThemEqual(String rule, Moments moments, boolean outer) {
    AveragingConfig averaging =
        AveragingConfig.defaults()
            .withRule(rule)
            .withMoments(moments)
            .withOuter(outer ? new OuterConfig(0.7, 0.5) : null);
    RoundConfig rounds = rounds(averaging, 14);
    AdapterConfig adapter = rule.equals("residual") ? ADAPTER.withResidual(4) : ADAPTER;

    Run once = run(adapter, rounds, null, null, true);
    Run every = run(adapter, rounds, null, null, false);

    assertThat(once.factorBytes()).isLessThan(every.factorBytes());
    assertThat(once.task().bestRound()).isEqualTo(every.task().bestRound());
    assertClose(once.adapter(), every.adapter());
    Run again = run(adapter, rounds, null, once.snapshots().get(1), true);
    assertThat(again.adapter().theta()).isEqualTo(once.adapter().theta());
  }

  @Test
  void trainingResumesFromSnapshotsOfEitherForm() {
    Run once = run(ADAPTER, true);
    Run every = run(ADAPTER, false);

    TrainingSnapshot own = once.snapshots().get(3);
    TrainingSnapshot older = every.snapshots().get(3); // as runs were that knew one form alone
    assertThat(resumed(own, true).adapter().theta()).isEqualTo(once.adapter().theta());
    assertClose(resumed(own, false).adapter(), once.adapter());
    Run collapsed = resumed(older, true);
    assertThat(collapsed.factorBytes()).isEqualTo(once.factorBytes());
    assertClose(collapsed.adapter(), every.adapter());

    TrainingSnapshot.Task task = older.tasks().get(0);
    Map<String, float[]> vectors = new TreeMap<>(task.vectors().get());
    float[] v = vectors.get("v").clone();
    v[0] = Math.nextUp(v[0]);
    vectors.put("v", v);
    TrainingSnapshot unequal =
        new TrainingSnapshot(
            older.round(),
            List.of(
                new TrainingSnapshot.Task(
                    task.name(),
                    task.step(),
                    task.rounds(),
                    task.bestRound(),
                    task.bestValidation(),
                    task.stopping(),
                    () -> vectors)));
    Run expanded = resumed(unequal, true);
    assertThat(expanded.factorBytes()).isEqualTo(every.factorBytes());
    assertThat(expanded.adapter().theta()).isEqualTo(resumed(unequal, false).adapter().theta());
    HeldBySpark.awaitNothing(spark);
  }

  @Test
  void aWarmStartIsCollapsedIfParametersAndMomentsAreEqual() {
    Run first = run(ADAPTER, true);
    RoundConfig rounds = rounds(AveragingConfig.defaults(), 54);
    TrainedAdapter adapter = first.adapter();

    Run once = run(ADAPTER, rounds, TrainingStart.of(List.of(adapter)), null, true);
    Run every = run(ADAPTER, rounds, TrainingStart.of(List.of(adapter)), null, false);
    assertThat(once.factorBytes()).isEqualTo(first.factorBytes());
    assertClose(once.adapter(), every.adapter());

    AdapterMoments moments = adapter.moments().orElseThrow();
    float[] m = moments.m().clone();
    m[0] = Math.nextUp(m[0]);
    TrainedAdapter unequal =
        adapter.withMoments(new AdapterMoments(m, moments.v(), moments.steps()));
    assertThat(run(ADAPTER, rounds, TrainingStart.of(List.of(unequal)), null, true).factorBytes())
        .isEqualTo(every.factorBytes());
    // moments that are not used do not count
    RoundConfig reset = rounds(AveragingConfig.defaults().withMoments(Moments.RESET), 54);
    assertThat(run(ADAPTER, reset, TrainingStart.of(List.of(unequal)), null, true).factorBytes())
        .isEqualTo(first.factorBytes());
  }

  @Test
  void whatMakesFactorsDifferSendsEveryOne() {
    RoundConfig oneRound = rounds(AveragingConfig.defaults(), 54);
    for (AdapterConfig adapter :
        List.of(
            TinyTasks.adapter("full", 0.1),
            TinyTasks.adapter("random", 0),
            TinyTasks.adapter("heuristic", 0),
            ADAPTER.withInit("split-pissa"),
            ADAPTER.withInit("kaiming"))) {
      Run run = run(adapter, oneRound, null, null, true);
      AdaptedModules modules = new AdaptedModules(model.linears(), adapter);
      assertThat(run.factorBytes()).as("%s", adapter).isEqualTo(12L * modules.layout().length());
    }
  }

  @Test
  void storedAdaptersAndExportsHaveTheSameTensors(@TempDir Path folder) {
    RoundConfig oneRound = rounds(AveragingConfig.defaults(), 54);
    Map<String, long[]> once =
        stored(run(ADAPTER, oneRound, null, null, true), folder.resolve("1"));
    Map<String, long[]> all =
        stored(run(ADAPTER, oneRound, null, null, false), folder.resolve("2"));

    assertThat(once).usingRecursiveComparison().isEqualTo(all);
    assertThat(once)
        .containsKeys(
            "adapter.safetensors encoder.layer.1.output.dense.B.2",
            "moments.safetensors v.encoder.layer.0.attention.self.query.A");
  }

  /** Names and shapes of all tensors, with their file. */
  private static Map<String, long[]> stored(Run run, Path folder) {
    AdapterStore.save(folder, run.adapter());
    Path peft = folder.resolve("peft");
    try {
      Files.createDirectory(peft);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    PeftExport.write(
        peft, run.adapter(), model.transformer(), model.location(), PeftExport.Options.whole());
    Map<String, long[]> shapes = new TreeMap<>();
    for (Path file :
        List.of(
            folder.resolve(AdapterStore.TENSORS),
            folder.resolve(AdapterMoments.FILE),
            peft.resolve("adapter_model.safetensors"))) {
      try (Safetensors tensors = Safetensors.open(file)) {
        for (String name : tensors.names()) {
          shapes.put(file.getFileName() + " " + name, tensors.shape(name));
        }
      }
    }
    return shapes;
  }
}
