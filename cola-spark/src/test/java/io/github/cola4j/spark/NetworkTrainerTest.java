package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.dl4j.FeatureExample;
import io.github.cola4j.dl4j.NetworkClassification;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;

/** The loop of rounds on a tiny Deeplearning4j network. */
class NetworkTrainerTest {
  private static final int WIDTH = 6;
  private static final TrainingConfig TRAINING = TinyTasks.training(6, 3e-2);
  private static final AdapterConfig ADAPTER =
      AdapterConfig.defaults()
          .withA(2)
          .withB(3)
          .withRank(2)
          .withAlpha(4.0)
          .withPairing("random")
          .withInit("kaiming")
          .withDropout(0.1);

  @TempDir static Path folder;
  private static String file;

  /** Draws from both kinds of dropout. */
  @BeforeAll
  static void store() throws IOException {
    file = store("network.zip", 3);
  }

  private static String store(String name, long seed) throws IOException {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(seed)
                .activation(Activation.TANH)
                .list()
                .layer(new DenseLayer.Builder().nIn(WIDTH).nOut(9).build())
                .layer(new DropoutLayer.Builder(0.9).build())
                .layer(new DenseLayer.Builder().nIn(9).nOut(8).build())
                .layer(
                    new OutputLayer.Builder().activation(Activation.SOFTMAX).nIn(8).nOut(5).build())
                .build());
    network.init();
    Path path = folder.resolve(name);
    ModelSerializer.writeModel(network, path.toFile(), false);
    return path.toString();
  }

  private static List<String> classes(int count) {
    return List.of("a", "b", "c").subList(0, count);
  }

  /** A class is where the sum of some features is large. */
  private static List<FeatureExample> examples(String seed, int count, int classes) {
    SplittableRandom random = new SplittableRandom(Seeds.of(seed));
    List<FeatureExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int label = i % classes;
      float[] features = new float[WIDTH];
      for (int f = 0; f < WIDTH; f++) {
        features[f] = (float) (0.5 * random.nextGaussian() + (f % classes == label ? 1 : 0));
      }
      examples.add(new FeatureExample(features, classes(classes).get(label)));
    }
    return examples;
  }

  private static TaskData<FeatureExample> task(
      JavaSparkContext spark, String name, int count, int classes) {
    return new TaskData<>(
        name,
        new NetworkClassification(classes(classes)),
        spark.parallelize(examples(name, count, classes), 3),
        spark.parallelize(examples(name + " validation", 21, classes), 2));
  }

  private static MultiTaskTrainer trainer(JavaSparkContext spark, int shard, int localSteps) {
    return trainer(spark, BaseModelCache.open(file), shard, localSteps);
  }

  private static MultiTaskTrainer trainer(
      JavaSparkContext spark, FrozenModel model, int shard, int localSteps) {
    return new MultiTaskTrainer(
        spark,
        model,
        ADAPTER,
        TRAINING,
        RoundConfig.defaults()
            .withExamplesPerShard(shard)
            .withLocalSteps(localSteps)
            .withPatience(0)
            .withMetric("loss")
            .withScope(Scope.TASK));
  }

  private static TrainingRun run(JavaSparkContext spark) {
    return run(spark, trainer(spark, 20, 0));
  }

  private static TrainingRun run(JavaSparkContext spark, MultiTaskTrainer trainer) {
    List<RoundMetrics> rounds = new ArrayList<>();
    List<TaskData<FeatureExample>> tasks =
        List.of(task(spark, "two", 43, 2), task(spark, "three", 60, 3));
    return new TrainingRun(trainer.train(tasks, rounds::add), rounds);
  }

  @Test
  void tasksOfANetworkAreTheSameWithAnyThreads() throws IOException {
    TrainingRun two;
    try (SparkSession session = TestSpark.open("local[2]")) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      two = run(spark);
      run(spark).assertEquals(two);

      List<TaskData<FeatureExample>> tests =
          List.of(task(spark, "test-two", 40, 2), task(spark, "test-three", 42, 3));
      MultiTaskTrainer trainer = trainer(spark, 20, 0);
      List<Evaluation> before =
          trainer.evaluate(
              tests,
              tests.stream()
                  .map(t -> t.objective().start(trainer.model(), trainer.initial(), 1))
                  .toList());
      List<Evaluation> after =
          trainer.evaluate(tests, two.tasks().stream().map(TrainedTask::theta).toList());
      for (int t = 0; t < 2; t++) {
        assertThat(after.get(t).accuracy()).isGreaterThan(before.get(t).accuracy() + 0.1);
        assertThat(after.get(t).accuracy()).isGreaterThan(0.7);
      }
    }
    try (SparkSession session = TestSpark.open("local[1]")) {
      run(JavaSparkContext.fromSparkContext(session.sparkContext())).assertEquals(two);
    }
    assertThat(two.rounds()).extracting(RoundMetrics::shards).containsOnly(3);
    assertThat(two.tasks().get(1).theta())
        .hasSize(189); // A and B of 6 → 9 and 9 → 8, and 3 × 8 + 3
  }

  /** The code on Spark of docs/tutorials/dl4j-network.md, which is here word for word. */
  @Test
  void storesTheNetworkOfATask() throws IOException {
    TrainingConfig training = TinyTasks.training(1, 1e-2);
    RoundConfig rounds = TinyTasks.rounds(0, Scope.TASK);
    AdapterConfig adapter = AdapterConfig.lora(2);
    File output = folder.resolve("adapted.zip").toFile();
    Evaluation evaluation;
    try (SparkSession session = TestSpark.open("local[2]")) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      JavaRDD<FeatureExample> first = spark.parallelize(examples("first", 20, 2));
      JavaRDD<FeatureExample> second = spark.parallelize(examples("second", 20, 2));

      FrozenModel network = BaseModelCache.open(file);
      NetworkClassification objective = new NetworkClassification(List.of("a", "b"));
      MultiTaskTrainer trainer = new MultiTaskTrainer(spark, network, adapter, training, rounds);
      List<TrainedTask> tasks =
          trainer.train(
              List.of(
                  new TaskData<>("first", objective, first, null),
                  new TaskData<>("second", objective, second, null)),
              round -> {});
      Model adapted =
          objective.network(network, trainer.modules(), trainer.initial(), tasks.get(0).theta());
      ModelSerializer.writeModel(adapted, output, false);

      evaluation =
          trainer
              .evaluate(
                  List.of(new TaskData<>("first", objective, first, null)),
                  List.of(tasks.get(0).theta()))
              .get(0);
    }

    MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(output);
    int right = 0;
    for (FeatureExample example : examples("first", 20, 2)) {
      int answer = restored.predict(Nd4j.createFromArray(new float[][] {example.features()}))[0];
      right += classes(2).get(answer).equals(example.label()) ? 1 : 0;
    }
    assertThat(evaluation.examples()).isEqualTo(20);
    assertThat(right).isEqualTo(Math.round(20 * evaluation.accuracy()));
    String code =
        Pattern.compile("```java\n(FrozenModel.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/tutorials/dl4j-network.md")))
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);
    String test =
        Files.readString(Path.of("src/test/java/io/github/cola4j/spark/NetworkTrainerTest.java"));
    assertThat(test.replaceAll("\\s+", "")).contains(code.replaceAll("\\s+", ""));
  }

  @Test
  void aFileThatOnlyTheDriverHasIsShipped() throws IOException {
    TrainingRun local;
    try (SparkSession session = TestSpark.open("local[1]")) {
      local = run(JavaSparkContext.fromSparkContext(session.sparkContext()));
    }
    String copy = store("driver only.zip", 3);
    try (SparkSession session = TestSpark.open(TestSpark.CLUSTER)) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      MultiTaskTrainer trainer = trainer(spark, BaseModelCache.open(copy), 20, 0);
      Files.delete(Path.of(copy));

      run(spark, trainer).assertEquals(local);
    }
  }

  @Test
  void oneShardIsLocalTraining() throws IOException {
    TrainedTask trained;
    List<FeatureExample> train = examples("alone", 43, 2);
    try (SparkSession session = TestSpark.open("local[2]")) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      trained =
          trainer(spark, 1000, 3).train(List.of(task(spark, "alone", 43, 2)), round -> {}).get(0);
    }

    FrozenModel model = BaseModelCache.open(file);
    NetworkClassification objective = new NetworkClassification(classes(2));
    AdaptedModules modules = new AdaptedModules(model.linears(), ADAPTER);
    float[] initial = modules.initial(TRAINING.seed());
    long taskSeed = Seeds.mix(TRAINING.seed(), Seeds.of("alone"));
    int[] positions = Batcher.permutation(43, Seeds.mix(taskSeed, Seeds.of("shards")));
    Sample[] samples = new Sample[43];
    for (int i = 0; i < 43; i++) {
      samples[positions[i]] = objective.encode(model, 1, train.get(i)).sample();
    }
    // 43 examples, 4 a step: 11 steps an epoch
    Shard shard = new Shard(taskSeed, 0, 11, 66, List.of(samples));
    try (Pass pass = new Pass(model.type())) {
      TaskModel classifier = objective.model(model, modules, initial, TRAINING);
      float[] start = objective.start(model, initial, Seeds.mix(taskSeed, Seeds.of("head")));
      LocalTrainer.Result local =
          new LocalTrainer(classifier, pass, TRAINING)
              .train(TaskState.initial(start), shard, Math.min(66, 3 * trained.bestRound()));

      assertThat(trained.bestRound()).isGreaterThan(3);
      assertThat(trained.theta()).isEqualTo(local.state().theta());
    }
  }

  @Test
  void refusesAnotherNetworkAndAnotherKindOfModel() throws IOException {
    Path place = folder.resolve("changing.zip");
    String print = BaseModelCache.open(store("changing.zip", 4)).fingerprint();
    Files.delete(place);
    String other = BaseModelCache.open(store("changing.zip", 5)).fingerprint();
    ModelReference missing = new ModelReference(place.toString(), "0".repeat(64));

    assertThat(other).isNotEqualTo(print);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModelCache.frozen(missing))
        .withMessageContaining("changing.zip")
        .withMessageContaining(other)
        .withMessageContaining("expected " + "0".repeat(64));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModelCache.get(new ModelReference(place.toString(), other)))
        .withMessageContaining("expected a transformer");

    try (SparkSession session = TestSpark.open("local[1]")) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      JavaRDD<Example> texts = spark.parallelize(TinyTasks.examples("texts", 9, 2, false));
      TaskData<Example> text = TaskData.classification("text", TinyTasks.classes(2), texts, null);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer(spark, 20, 0).train(List.of(text), round -> {}))
          .withMessageContaining("expected a transformer")
          .withMessageContaining("network.zip");
      FrozenModel bert = BaseModelCache.open(TinyTasks.folder().toString());
      MultiTaskTrainer trainer =
          new MultiTaskTrainer(
              spark, bert, TinyTasks.ADAPTER, TRAINING, TinyTasks.rounds(0, Scope.TASK));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.train(List.of(task(spark, "two", 9, 2)), round -> {}))
          .withMessageContaining("expected the file of a Deeplearning4j network");
    }
  }
}
