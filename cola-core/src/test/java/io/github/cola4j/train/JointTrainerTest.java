package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.DecoderGoldenTest;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Shards side by side become what each becomes alone. */
class JointTrainerTest {
  private static final int VOCABULARY = 90;

  /** A task's model and what it is trained on. */
  private record Task(TaskModel model, JointTrainer.Assignment shard) {}

  private static final TrainingConfig TRAINING =
      TrainingConfig.defaults().withBatchSize(4).withMaxTokens(40).withSeed(5L);

  private static List<Sample> samples(int count, int classes, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int[] ids = random.ints(2 + random.nextInt(14), 5, VOCABULARY).toArray();
              return new Sample(ids, new int[ids.length], random.nextInt(classes))
                  .weighted(i % 3 == 0 && seed == 2 ? 2.5 : 1);
            })
        .toList();
  }

  /** Dialogues whose first tokens are not learnt. */
  private static List<Sample> dialogues(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int[] ids = random.ints(5 + random.nextInt(9), 5, VOCABULARY).toArray();
              int[] labels = ids.clone();
              Arrays.fill(labels, 0, 3, Sample.IGNORED);
              return new Sample(ids, new int[ids.length], labels);
            })
        .toList();
  }

  private static Task task(
      TaskModel model, float[] theta, List<Sample> samples, int steps, long seed) {
    int perEpoch = Shard.stepsPerEpoch(samples.size(), TRAINING);
    Shard shard = new Shard(seed, 0, perEpoch, 12, samples);
    TaskState state = TaskState.initial(theta);
    return new Task(
        model, new JointTrainer.Assignment(state, shard, LocalSteps.all(steps, state.step())));
  }

  /** Classifiers with 2, 3 and 4 classes, of unlike numbers of examples and of steps. */
  private static List<Task> classifiers(
      AdapterConfig config, DataType type, TrainingConfig training) {
    Encoder encoder = Goldens.encoder(type);
    List<Task> tasks = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
      float[] initial = modules.initial(1);
      int classes = 2 + t;
      float[] theta = TextClassifier.initialParameters(initial, classes, 32, t);
      TaskModel model =
          new TextClassifier(
              encoder,
              modules,
              initial,
              classes,
              ProblemType.SINGLE_LABEL,
              training.regularization(),
              training.labelSmoothing());
      tasks.add(task(model, theta, samples(5 + 4 * t, classes, t), 2 + t, t));
    }
    return tasks;
  }

  private static List<Task> languageModels(AdapterConfig config, DataType type, boolean recompute) {
    var decoder = DecoderGoldenTest.decoder("llama", type);
    List<Task> tasks = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      AdaptedModules modules = new AdaptedModules(decoder.linears(), config);
      float[] initial = modules.initial(1);
      tasks.add(
          task(
              new LanguageModel(decoder, modules, initial, recompute),
              initial,
              dialogues(4 + 3 * t, t),
              3,
              t));
    }
    return tasks;
  }

  private static List<JointTrainer.Outcome> together(
      List<Task> tasks, TrainingConfig training, int maxTokens) {
    try (Pass pass = new Pass(tasks.get(0).model().theta().type())) {
      List<LocalTrainer> trainers =
          tasks.stream().map(task -> new LocalTrainer(task.model(), pass, training)).toList();
      return new JointTrainer(trainers, maxTokens).train(tasks.stream().map(Task::shard).toList());
    }
  }

  private static LocalTrainer.Result alone(Task task, TrainingConfig training) {
    try (Pass pass = new Pass(task.model().theta().type())) {
      JointTrainer.Assignment shard = task.shard();
      return new LocalTrainer(task.model(), pass, training)
          .train(shard.state(), shard.shard(), shard.round());
    }
  }

  private static void assertSame(
      LocalTrainer.Result together, LocalTrainer.Result alone, double tolerance) {
    assertThat(together.labels()).isEqualTo(alone.labels());
    assertThat(together.examples()).isEqualTo(alone.examples());
    assertThat(together.weight()).isEqualTo(alone.weight());
    assertThat(together.tokens()).isEqualTo(alone.tokens());
    assertThat(together.norms().steps()).isEqualTo(alone.norms().steps());
    assertThat(together.state().step()).isEqualTo(alone.state().step());
    assertThat(together.lossSum() / alone.lossSum() - 1).isBetween(-tolerance, tolerance);
    assertThat(Matrices.distance(wide(together.state().theta()), wide(alone.state().theta())))
        .isLessThan(tolerance);
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }

  private static AdapterConfig small(AdapterConfig config) {
    return config.withRank(2).withInit("kaiming").withDropout(0.3);
  }

  /** Pairings that are drawn, dropout, a balance of experts in shares, what adds nothing. */
  static Stream<Arguments> adapters() {
    return Stream.of(
        Arguments.of("cola", 40),
        Arguments.of("cola", 1000),
        Arguments.of("dora", 100),
        Arguments.of("hydralora", 100),
        Arguments.of("lily", 100),
        Arguments.of("moelora", 100),
        Arguments.of("spp", 1000));
  }

  private static AdapterConfig adapter(String method) {
    return switch (method) {
      case "cola" ->
          small(AdapterConfig.defaults()).withA(2).withB(3).withPairing("random-reversed");
      case "dora", "hydralora", "lily", "moelora" -> small(AdapterConfig.of(method)).withRank(4);
      default -> AdapterConfig.of(method);
    };
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void classifiersBecomeWhatTheyBecomeAlone(String method, int maxTokens) {
    List<Task> tasks = classifiers(adapter(method), DataType.DOUBLE, TRAINING);
    List<JointTrainer.Outcome> together = together(tasks, TRAINING, maxTokens);
    for (int t = 0; t < tasks.size(); t++) {
      assertThat(together.get(t).diverged()).isNull();
      assertSame(together.get(t).result(), alone(tasks.get(t), TRAINING), 1e-6);
    }
    assertThat(together.get(0).result().state().theta())
        .isNotEqualTo(tasks.get(0).shard().state().theta());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void languageModelsBecomeWhatTheyBecomeAlone(boolean recompute) {
    List<Task> tasks = languageModels(adapter("cola"), DataType.DOUBLE, recompute);
    List<JointTrainer.Outcome> together = together(tasks, TRAINING, 200);
    for (int t = 0; t < tasks.size(); t++) {
      assertSame(together.get(t).result(), alone(tasks.get(t), TRAINING), 1e-6);
    }
  }

  /** Only frozen products see more columns: in float32 the rest has the same bits. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void floatsDifferByTheRoundingOfProductsAtMost(boolean classifier) {
    List<Task> tasks =
        classifier
            ? classifiers(adapter("cola"), DataType.FLOAT, TRAINING)
            : languageModels(adapter("cola"), DataType.FLOAT, false);
    List<JointTrainer.Outcome> together = together(tasks, TRAINING, 1000);
    for (int t = 0; t < tasks.size(); t++) {
      assertSame(together.get(t).result(), alone(tasks.get(t), TRAINING), 1e-5);
    }
  }

  @Test
  void aShardThatDivergesLeavesTheOthersAsTheyAre() {
    List<Task> tasks = classifiers(adapter("cola"), DataType.DOUBLE, TRAINING);
    Task sick = tasks.get(1);
    float[] theta = sick.shard().state().theta().clone();
    theta[3] = Float.NaN;
    JointTrainer.Assignment shard = sick.shard();
    List<Task> some =
        List.of(
            tasks.get(0),
            new Task(
                sick.model(),
                new JointTrainer.Assignment(
                    TaskState.initial(theta), shard.shard(), shard.round())),
            tasks.get(2));
    List<JointTrainer.Outcome> together = together(some, TRAINING, 1000);
    assertThat(together.get(1).result()).isNull();
    assertThat(together.get(1).diverged()).hasMessageContaining("the loss is NaN at step 0");
    for (int t : new int[] {0, 2}) {
      assertSame(together.get(t).result(), alone(tasks.get(t), TRAINING), 1e-6);
    }
  }

  @Test
  void aTrainerIsUsedAgainAndForFewerShards() {
    List<Task> tasks = classifiers(adapter("cola"), DataType.DOUBLE, TRAINING);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      JointTrainer joint =
          new JointTrainer(
              tasks.stream().map(t -> new LocalTrainer(t.model(), pass, TRAINING)).toList(), 90);
      List<JointTrainer.Assignment> shards = tasks.stream().map(Task::shard).toList();
      float[] first = joint.train(shards).get(0).result().state().theta();
      joint.train(shards.subList(0, 2));
      assertThat(joint.train(shards).get(0).result().state().theta()).isEqualTo(first);
    }
  }

  @Test
  void modelsOfTwoKindsAreRefused() {
    Task classifier = classifiers(adapter("cola"), DataType.DOUBLE, TRAINING).get(0);
    Task speaker = languageModels(adapter("cola"), DataType.DOUBLE, false).get(0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> together(List.of(classifier, speaker), TRAINING, 100))
        .withMessageContaining("one kind on one frozen model");
  }
}
