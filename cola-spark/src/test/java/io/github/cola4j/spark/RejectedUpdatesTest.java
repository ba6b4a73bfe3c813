package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.dl4j.FeatureExample;
import io.github.cola4j.dl4j.NetworkClassification;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.TaskState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;

/** One example of huge numbers makes its shard's loss explode or no number. */
class RejectedUpdatesTest {
  private static final int WIDTH = 6;
  private static final FaultTable TABLE = new FaultTable("losses");

  @TempDir static Path folder;
  private static SparkSession session;
  private static JavaSparkContext spark;
  private static String network;

  @BeforeAll
  static void start() throws IOException {
    session = TestSpark.open("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .activation(Activation.IDENTITY)
                .list()
                .layer(new DenseLayer.Builder().nIn(WIDTH).nOut(8).build())
                .layer(
                    new OutputLayer.Builder().activation(Activation.SOFTMAX).nIn(8).nOut(5).build())
                .build());
    net.init();
    network = folder.resolve("network.zip").toString();
    ModelSerializer.writeModel(net, Path.of(network).toFile(), false);
  }

  @AfterAll
  static void stop() throws IOException {
    session.stop();
    TABLE.print();
  }

  /**
   * Examples of two classes, one of positive and one of negative numbers; in the last ones all
   * numbers are of one size, so that an odd one is labelled wrong.
   *
   * @param wild how many these are
   */
  private static TaskData<FeatureExample> task(int wild, float size) {
    SplittableRandom random = new SplittableRandom(7);
    List<FeatureExample> examples = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      float[] features = new float[WIDTH];
      for (int f = 0; f < WIDTH; f++) {
        features[f] =
            i < 60 - wild ? (float) (0.3 * random.nextGaussian() + (i % 2 == 0 ? 1 : -1)) : size;
      }
      examples.add(new FeatureExample(features, i % 2 == 0 ? "a" : "b"));
    }
    return new TaskData<>(
        "numbers",
        new NetworkClassification(List.of("a", "b")),
        spark.parallelize(examples, 3),
        spark.parallelize(examples.subList(0, 20), 2));
  }

  private static List<RoundMetrics> train(
      TaskData<FeatureExample> task, double minShards, double lossLimit) {
    RoundConfig rounds =
        RoundConfig.defaults()
            .withExamplesPerShard(20)
            .withLocalSteps(3)
            .withPatience(0)
            .withMetric("loss")
            .withScope(Scope.TASK)
            .withMinShards(minShards)
            .withLossLimit(lossLimit);
    List<RoundMetrics> metrics = new ArrayList<>();
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark,
            BaseModelCache.open(network),
            TinyTasks.ADAPTER,
            TinyTasks.training(3, 1e-2),
            rounds);
    List<TrainedTask> trained = trainer.train(List.of(task), metrics::add);
    for (float value : trained.get(0).theta()) {
      assertThat(value).isFinite();
    }
    return metrics;
  }

  /** Counts a try of a fault: it survived if its assertions hold. */
  private static void attempt(String fault, Runnable assertions) {
    boolean survived = false;
    try {
      assertions.run();
      survived = true;
    } finally {
      TABLE.add(fault, survived);
    }
  }

  @Test
  void withoutWildExamplesAllShardsCount() {
    assertThat(train(task(0, 1), 0.5, 2))
        .allSatisfy(round -> assertThat(round.shards()).isEqualTo(3))
        .allSatisfy(round -> assertThat(round.rejected()).isZero());
  }

  @Test
  void oneShardThatExplodesIsLeftOutAndCounted() {
    attempt("loss of a shard explodes: left out, the round counts", () -> leftOut(1e6f, "above"));
  }

  @Test
  void oneShardThatIsNoNumberIsLeftOutAndCounted() {
    attempt(
        "loss of a shard is no number: left out, the round counts",
        () -> leftOut(Float.MAX_VALUE, "NaN"));
  }

  /** In each round that has rejected one; the same twice. */
  private static void leftOut(float size, String because) {
    // the network's loss has a bound: 23 for each label, so the limit is a small one
    List<RoundMetrics> rounds = train(task(1, size), 0.5, 2);
    List<RoundMetrics> rejected = rounds.stream().filter(r -> r.rejected() > 0).toList();
    assertThat(rejected).as("size %s", size).isNotEmpty();
    assertThat(rejected)
        .allSatisfy(
            round -> {
              assertThat(round.rejected()).isEqualTo(1);
              assertThat(round.shards()).isEqualTo(2);
              assertThat(round.loss()).isBetween(0.0, 20.0);
              assertThat(round.rejectedBecause())
                  .startsWith("shard ")
                  .contains(because, "learning rate");
            });
    assertThat(train(task(1, size), 0.5, 2))
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
            "examplesPerSecond",
            "seconds",
            "secondsLeft",
            "timestamp",
            "time",
            "shardSeconds",
            "slowestShardSeconds",
            "bytesToDriver")
        .isEqualTo(rounds);
  }

  @Test
  void whatIsNotFiniteOrAboveTheLimitIsNotSound() {
    float[] good = {1, -2};
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] wrong = {1, bad};
      for (float[][] state :
          new float[][][] {{wrong, good, good}, {good, wrong, good}, {good, good, wrong}}) {
        assertThatThrownBy(() -> ShardTrainer.requireSound(result(state, 1), 2))
            .isInstanceOf(DivergedException.class)
            .hasMessageContaining("a parameter, moment or gradient is " + bad + " after step 6");
      }
    }
    ShardTrainer.requireSound(result(new float[][] {good, good, good}, 4 * 2), 2);
    assertThatThrownBy(
            () -> ShardTrainer.requireSound(result(new float[][] {good, good, good}, 8.1), 2))
        .isInstanceOf(DivergedException.class)
        .hasMessageContainingAll("up to 6 is 2.025, above the 2.000 of spark.lossLimit");
  }

  private static LocalTrainer.Result result(float[][] state, double lossSum) {
    return new LocalTrainer.Result(
        new TaskState(state[0], state[1], state[2], 6), lossSum, 4, 4, 4, 20, GradientNorms.NONE);
  }

  @Test
  void withTooFewShardsLeftTrainingStopsWithTheCause() {
    attempt("too few shards are sound: a clear error", RejectedUpdatesTest::stopsWithTheCause);
    HeldBySpark.awaitNothing(spark);
  }

  private static void stopsWithTheCause() {
    assertThatThrownBy(() -> train(task(1, 1e6f), 0.7, 2))
        .isInstanceOf(DivergedException.class)
        .hasMessageContainingAll(
            "task 'numbers', round ",
            "the updates of 1 of 3 shards are rejected",
            "0.7 must be sound (spark.minShards)",
            "the mean loss of its steps",
            "spark.lossLimit");
    assertThatThrownBy(() -> train(task(60, 1e6f), 0.1, 2))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("the updates of 3 of 3 shards are rejected");
  }
}
