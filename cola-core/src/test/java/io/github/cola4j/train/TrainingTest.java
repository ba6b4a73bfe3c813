package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Shards, steps, schedules and metrics, on the tiny BERT in float32. */
class TrainingTest {
  private static final long MEGABYTE = 1 << 20;

  private final Pass pass = new Pass(DataType.FLOAT);
  private final BertEncoder encoder = Goldens.encoder(DataType.FLOAT);

  @AfterEach
  void free() {
    pass.close();
  }

  /** A classifier and where it starts. */
  private record Task(TextClassifier classifier, TaskState start) {}

  private Task task(String pairing, double dropout) {
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withPairing(pairing)
            .withInit("pissa")
            .withDropout(dropout);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(1);
    return new Task(
        new TextClassifier(encoder, modules, initial, Goldens.CLASSES),
        TaskState.initial(TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2)));
  }

  private static TrainingConfig config(int batchSize, int accumulation, int maxTokens) {
    OptimizerConfig optimizer =
        OptimizerConfig.defaults()
            .withLearningRate(1e-3)
            .withHeadLearningRate(1e-2)
            .withWeightDecay(0.01);
    return TrainingConfig.defaults()
        .withBatchSize(batchSize)
        .withAccumulation(accumulation)
        .withMaxTokens(maxTokens)
        .withOptimizer(optimizer)
        .withSeed(1L);
  }

  private static Shard shard(int stepsPerEpoch, int totalSteps) {
    return new Shard(7, 0, stepsPerEpoch, totalSteps, Goldens.samples());
  }

  private LocalTrainer.Result train(Task task, TrainingConfig config, Shard shard, int steps) {
    return new LocalTrainer(task.classifier(), pass, config).train(task.start(), shard, steps);
  }

  @ParameterizedTest
  @CsvSource({"10, 3", "9, 3", "1, 1", "2, 5", "6, 6"})
  void everyEpochCoversEveryExampleOnce(int size, int stepsPerEpoch) {
    Shard shard =
        new Shard(3, 1, stepsPerEpoch, 100, Collections.nCopies(size, Goldens.samples().get(0)));
    for (int epoch = 0; epoch < 3; epoch++) {
      int first = epoch * stepsPerEpoch;
      assertThat(
              IntStream.range(first, first + stepsPerEpoch)
                  .flatMap(step -> Arrays.stream(shard.chosen(step))))
          .containsExactlyInAnyOrderElementsOf(IntStream.range(0, size).boxed().toList());
      for (int step = first; step < first + stepsPerEpoch; step++) {
        assertThat(shard.chosen(step).length)
            .isBetween(size / stepsPerEpoch, (size - 1) / stepsPerEpoch + 1);
      }
    }
  }

  @Test
  void theOrderChangesWithEpochAndShard() {
    List<Sample> samples = Collections.nCopies(50, Goldens.samples().get(0));
    Shard shard = new Shard(3, 0, 1, 9, samples);
    assertThat(shard.chosen(0)).isNotEqualTo(shard.chosen(1));
    assertThat(shard.chosen(0)).isNotEqualTo(new Shard(3, 1, 1, 9, samples).chosen(0));
    assertThat(shard.chosen(0)).isNotEqualTo(new Shard(4, 0, 1, 9, samples).chosen(0));
    assertThat(shard.chosen(0)).containsExactly(new Shard(3, 0, 1, 9, samples).chosen(0));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "16, 1", "17, 2", "160, 10"})
  void stepsOfAnEpoch(int examples, int steps) {
    assertThat(Shard.stepsPerEpoch(examples, config(8, 2, 100))).isEqualTo(steps);
  }

  @ParameterizedTest
  @CsvSource({"6, 1, 40", "6, 1, 1", "2, 3, 60"})
  void aStepCutIntoPassesIsTheSameStep(int batchSize, int accumulation, int maxTokens) {
    Task task = task("heuristic", 0);
    LocalTrainer.Result whole = train(task, config(6, 1, 4096), shard(1, 3), 3);
    LocalTrainer.Result parts =
        train(task, config(batchSize, accumulation, maxTokens), shard(1, 3), 3);
    assertThat(parts.lossSum()).isCloseTo(whole.lossSum(), Offset.offset(1e-4));
    assertThat(parts.examples()).isEqualTo(whole.examples()).isEqualTo(18);
    assertThat(parts.tokens()).isEqualTo(whole.tokens()).isEqualTo(3L * Goldens.batch().tokens());
    assertThat(parts.state().m()).containsExactly(whole.state().m(), Offset.offset(1e-6f));
  }

  @ParameterizedTest
  @CsvSource({"full, 0", "random, 0.1", "heuristic, 0.1"})
  void stepsInOneCallAreStepsInTwoToTheBit(String pairing, double dropout) {
    Task task = task(pairing, dropout);
    TrainingConfig config = config(2, 1, 50);
    Shard shard = shard(3, 8);
    LocalTrainer.Result whole = train(task, config, shard, 8);
    LocalTrainer.Result again = train(task(pairing, dropout), config, shard, 8);
    LocalTrainer.Result first = train(task, config, shard, 3);
    LocalTrainer.Result second =
        train(new Task(task.classifier(), first.state()), config, shard, 5);
    for (TaskState state : List.of(again.state(), second.state())) {
      assertThat(state.step()).isEqualTo(8);
      assertThat(state.theta()).containsExactly(whole.state().theta());
      assertThat(state.m()).containsExactly(whole.state().m());
      assertThat(state.v()).containsExactly(whole.state().v());
    }
    assertThat(again.lossSum()).isEqualTo(whole.lossSum());
    assertThat(first.state().theta()).isNotEqualTo(task.start().theta());
  }

  @Test
  void aShardWithoutExamplesForAStepStandsStill() {
    Task task = task("full", 0);
    Shard shard = shard(60, 60);
    int step = 0;
    while (shard.chosen(step).length > 0) {
      step++;
    }
    TaskState before =
        new TaskState(task.start().theta(), task.start().m(), task.start().v(), step);
    LocalTrainer.Result result =
        train(new Task(task.classifier(), before), config(1, 1, 64), shard, 1);
    assertThat(result.examples()).isZero();
    assertThat(result.state().theta()).containsExactly(before.theta());
    assertThat(result.state().step()).isEqualTo(step + 1);
  }

  @Test
  void aLossThatIsNoNumberStopsTheTraining() {
    Task task = task("full", 0);
    float[] theta = task.start().theta().clone();
    theta[theta.length - 1] = Float.NaN;
    Task broken = new Task(task.classifier(), TaskState.initial(theta));
    assertThatThrownBy(() -> train(broken, config(6, 1, 2048), shard(1, 1), 1))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("step 0");
  }

  @Test
  void sixExamplesAreLearntByHeart() {
    Task task = task("full", 0);
    TaskState state = train(task, config(6, 1, 2048), shard(1, 100), 100).state();
    Evaluation evaluation =
        Evaluation.of(task.classifier(), pass, state.theta(), Goldens.samples(), 60);
    assertThat(evaluation.loss()).isLessThan(0.02);
    assertThat(evaluation.accuracy()).isEqualTo(1);
  }

  @Test
  void aThousandStepsHoldTheMemoryOfAHundred() {
    Task task = task("random", 0.1);
    TrainingConfig config = config(2, 1, 50);
    LocalTrainer trainer = new LocalTrainer(task.classifier(), pass, config);
    Shard shard = shard(3, 1000);
    TaskState state = trainer.train(task.start(), shard, 100).state();
    System.gc();
    Runtime heap = Runtime.getRuntime();
    long resident = Pointer.physicalBytes();
    long used = heap.totalMemory() - heap.freeMemory();
    long arena = pass.arena().bytes();
    long pointers = Pointer.totalBytes();
    trainer.train(state, shard, 900);
    long untouched = heap.totalMemory() - used; // pages of the heap that may have come in since
    assertThat(Pointer.physicalBytes() - resident).isLessThan(untouched + 64 * MEGABYTE);
    assertThat(pass.arena().bytes()).isEqualTo(arena);
    assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(pointers);
  }

  @ParameterizedTest
  @CsvSource({
    "constant, 0, 0, 1", "constant, 0, 99, 1", "constant, 4, 0, 0.2", "constant, 4, 3, 0.8",
    "constant, 4, 4, 1", "linear, 0, 0, 1", "linear, 0, 25, 0.75", "linear, 0, 100, 0",
    "linear, 0.2, 60, 0.5", "cosine, 0, 0, 1", "cosine, 0, 50, 0.5", "cosine, 0, 100, 0",
    "cosine, 0.2, 19, 0.95238095", "cosine, 0.2, 20, 1", "cosine, 20, 40, 0.85355339"
  })
  void schedules(String name, double warmup, int step, double factor) {
    assertThat(new ScheduleConfig(name, warmup).factor(step, 100))
        .isCloseTo(factor, Offset.offset(1e-8));
  }

  @Test
  void configurationsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScheduleConfig.defaults().withName("cos"))
        .withMessageContaining("'cos'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OptimizerConfig.defaults().withLearningRate(-1.0))
        .withMessageContaining("optimizer.learningRate");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config(0, 1, 1))
        .withMessageContaining("training.batchSize");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TaskState(new float[2], new float[2], new float[3], 0))
        .withMessageContaining("2 and 3");
  }

  /** Answers 0, 0, 1, 0 to the labels 0, 1, 1, 0: F1 of 0 is 4/5, of 1 is 2/3; 2 never occurs. */
  @Test
  void metricsByHand() {
    float[][] logits = {{1, 0, 0}, {2, 1, 0}, {0, 3, 0}, {0, 0, 0}};
    int[] labels = {0, 1, 1, 0};
    Evaluation all = Evaluation.of(3, Answers.of(logits, labels), labels);
    assertThat(all.examples()).isEqualTo(4);
    assertThat(all.accuracy()).isEqualTo(0.75);
    assertThat(all.macroF1()).isCloseTo((4.0 / 5 + 2.0 / 3) / 2, Offset.offset(1e-12));
    double loss =
        (-Math.log(Math.E / (Math.E + 2))
                - Math.log(Math.E / (Math.E * Math.E + Math.E + 1))
                - Math.log(Math.exp(3) / (Math.exp(3) + 2))
                + Math.log(3))
            / 4;
    assertThat(all.loss()).isCloseTo(loss, Offset.offset(1e-12));
    Evaluation parts =
        part(Arrays.copyOf(logits, 1), Arrays.copyOf(labels, 1))
            .plus(part(Arrays.copyOfRange(logits, 1, 4), Arrays.copyOfRange(labels, 1, 4)));
    assertThat(parts.macroF1()).isEqualTo(all.macroF1());
    assertThat(parts.loss()).isCloseTo(all.loss(), Offset.offset(1e-12));
    assertThat(Evaluation.empty(3).accuracy()).isNaN();
  }

  private static Evaluation part(float[][] logits, int[] labels) {
    return Evaluation.of(3, Answers.of(logits, labels), labels);
  }

  @Test
  void logitsKeepTheSamplesOrderWhateverTheBatches() {
    Task task = task("random", 0.1);
    float[] theta = task.start().theta();
    float[][] together = task.classifier().logits(pass, theta, Goldens.samples(), 4096);
    float[][] apart = task.classifier().logits(pass, theta, Goldens.samples(), 1);
    for (int s = 0; s < 6; s++) {
      assertThat(apart[s]).containsExactly(together[s], Offset.offset(1e-5f));
    }
    assertThat(apart[0]).isNotEqualTo(apart[1]);
  }
}
