package io.github.cola4j.spark.internal.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.internal.probe.EmbeddedShard.Part;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Vectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LinearProbeTest {
  private static final int CLASSES = 3;
  private static final int FEATURES = 4;
  private static final int EXAMPLES = 90;

  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark = new JavaSparkContext(TestSpark.open("local[2]").sparkContext());
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** Classes that overlap, in shards of ten. */
  private static List<EmbeddedShard> shards(Part part, long seed, double spread) {
    Random random = new Random(seed);
    List<EmbeddedShard> shards = new ArrayList<>();
    for (int s = 0; s < EXAMPLES / 10; s++) {
      float[][] x = new float[10][FEATURES];
      int[] labels = new int[10];
      for (int i = 0; i < 10; i++) {
        labels[i] = random.nextInt(CLASSES);
        for (int f = 0; f < FEATURES; f++) {
          double center = f == labels[i] ? 1 : 0;
          x[i][f] = (float) (10 + (1 + f) * (center + spread * random.nextGaussian()));
        }
      }
      shards.add(new EmbeddedShard(0, part, s, x, labels));
    }
    return shards;
  }

  private static LinearProbe fit(List<EmbeddedShard> training, int partitions) {
    JavaRDD<EmbeddedShard> validation =
        spark.parallelize(shards(Part.VALIDATION, 2, 0.6), partitions);
    return LinearProbe.fit(spark.parallelize(training, partitions), EXAMPLES, validation);
  }

  @Test
  void itsParametersAreWhereTheObjectiveHasNoSlope() {
    List<EmbeddedShard> training = shards(Part.TRAINING, 1, 0.6);
    LogisticRegressionModel model = fit(training, 3).model();
    assertThat(LinearProbe.REGULARIZATION).contains(model.getRegParam());

    double[] mean = new double[FEATURES];
    double[] variance = new double[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      for (EmbeddedShard shard : training) {
        for (float[] x : shard.x()) {
          mean[f] += x[f] / EXAMPLES;
        }
      }
      for (EmbeddedShard shard : training) {
        for (float[] x : shard.x()) {
          variance[f] += Math.pow(x[f] - mean[f], 2) / (EXAMPLES - 1);
        }
      }
    }
    double[][] slope = new double[CLASSES][FEATURES + 1]; // of W and, at the end, b
    for (int c = 0; c < CLASSES; c++) {
      for (int f = 0; f < FEATURES; f++) {
        slope[c][f] = model.getRegParam() * variance[f] * model.coefficientMatrix().apply(c, f);
      }
    }
    for (EmbeddedShard shard : training) {
      for (int i = 0; i < shard.labels().length; i++) {
        double[] logits = new double[CLASSES];
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) {
          logits[c] = model.interceptVector().apply(c);
          for (int f = 0; f < FEATURES; f++) {
            logits[c] += model.coefficientMatrix().apply(c, f) * shard.x()[i][f];
          }
          sum += Math.exp(logits[c]);
        }
        for (int c = 0; c < CLASSES; c++) {
          double error = Math.exp(logits[c]) / sum - (shard.labels()[i] == c ? 1 : 0);
          for (int f = 0; f < FEATURES; f++) {
            slope[c][f] += error * (shard.x()[i][f] - mean[f]) / EXAMPLES;
          }
          slope[c][FEATURES] += error / EXAMPLES;
        }
      }
    }
    for (double[] ofClass : slope) {
      for (double each : ofClass) {
        assertThat(each).isCloseTo(0, within(1e-3));
      }
    }
  }

  @Test
  void neitherPartitionsNorTheOrderOfShardsChangeABit() {
    List<EmbeddedShard> training = shards(Part.TRAINING, 1, 0.6);
    LogisticRegressionModel one = fit(training, 1).model();
    List<EmbeddedShard> otherOrder = new ArrayList<>(training);
    Collections.shuffle(otherOrder, new Random(3));
    LogisticRegressionModel other = fit(otherOrder, 7).model();

    assertThat(other.getRegParam()).isEqualTo(one.getRegParam());
    assertThat(other.coefficientMatrix().toArray())
        .containsExactly(one.coefficientMatrix().toArray());
    assertThat(other.interceptVector().toArray()).containsExactly(one.interceptVector().toArray());
  }

  @Test
  void classesThatALineSeparatesAreAllFound() {
    LinearProbe probe = fit(shards(Part.TRAINING, 1, 0.02), 2);
    JavaRDD<EmbeddedShard> test = spark.parallelize(shards(Part.TEST, 4, 0.02), 2);
    assertThat(probe.accuracy(test)).isEqualTo(1);
  }

  @Test
  void aClassThatOnlyTheTestHasIsNeverFound() {
    List<EmbeddedShard> training =
        shards(Part.TRAINING, 1, 0.02).stream()
            .map(
                shard ->
                    new EmbeddedShard(
                        0,
                        shard.part(),
                        shard.index(),
                        shard.x(),
                        IntStream.of(shard.labels()).map(label -> label % 2).toArray()))
            .toList();
    float[][] x = {{10, 10, 13, 10}};
    EmbeddedShard unknown = new EmbeddedShard(0, Part.TEST, 0, x, new int[] {2});

    assertThat(fit(training, 2).accuracy(spark.parallelize(List.of(unknown), 1))).isZero();
    assertThat(fit(training, 2).model().predict(Vectors.dense(10, 12, 10, 10))).isEqualTo(1);
  }
}
