package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Examples that do not count alike: Σ w L / Σ w. */
class WeightedTrainingTest {
  private static final double STEP = 1e-5;

  private final Random random = new Random(3);

  private static TextClassifier classifier(DataType type) {
    AdapterConfig config =
        AdapterConfig.defaults().withA(2).withB(3).withRank(2).withInit("pissa").withDropout(0.0);
    var encoder = Goldens.encoder(type);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(1);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    classifier.theta().set(TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2));
    return classifier;
  }

  private static LocalTrainer.Result train(DataType type, List<Sample> samples, int maxTokens) {
    TextClassifier classifier = classifier(type);
    TrainingConfig config =
        TrainingConfig.defaults().withBatchSize(64).withMaxTokens(maxTokens).withSeed(1L);
    TaskState start = TaskState.initial(classifier.theta().toArray());
    try (Pass pass = new Pass(type)) {
      return new LocalTrainer(classifier, pass, config)
          .train(start, new Shard(7, 0, 1, 3, samples), 3);
    }
  }

  private static List<Sample> weighted(double... weights) {
    List<Sample> samples = Goldens.samples();
    return IntStream.range(0, weights.length)
        .mapToObj(i -> samples.get(i).weighted(weights[i]))
        .toList();
  }

  @Test
  void gradientIsThatOfCentralDifferences() {
    TextClassifier model = classifier(DataType.DOUBLE);
    List<Sample> samples = weighted(0.25, 3, 1, 1e-3);
    int[] all = {0, 1, 2, 3};
    Batch batch = Batcher.batch(samples, all);
    int[] labels = Batcher.labels(samples, all);
    double[] weights = Batcher.weights(samples, all);
    assertThat(weights).containsExactly(0.25, 3, 1, 1e-3);
    double scale = 0.3;
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      double loss = loss(pass, model, batch, labels, weights, scale);
      double sum = 0;
      for (int s = 0; s < all.length; s++) {
        pass.startTraining(1);
        model.refresh(pass, 1, true);
        sum +=
            weights[s]
                * model.loss(pass, Batcher.batch(samples, new int[] {s}), new int[] {labels[s]}, 0);
      }
      assertThat(loss).isCloseTo(sum, within(1e-12));

      model.gradient().array().assign(0);
      loss(pass, model, batch, labels, weights, scale);
      double[] gradient = model.gradient().toDoubles();
      Matrix theta = model.theta();
      for (int k = 0; k < 10; k++) {
        Matrix direction = Matrices.random(DataType.DOUBLE, gradient.length, 1, random);
        direction.array().divi(Math.sqrt(gradient.length));
        double expected = 0;
        double[] along = direction.toDoubles();
        for (int i = 0; i < along.length; i++) {
          expected += along[i] * gradient[i];
        }
        pass.kernels().add(STEP, direction, theta);
        double up = loss(pass, model, batch, labels, weights, scale);
        pass.kernels().add(-2 * STEP, direction, theta);
        double down = loss(pass, model, batch, labels, weights, scale);
        pass.kernels().add(STEP, direction, theta);
        assertThat(scale * (up - down) / (2 * STEP)).isCloseTo(expected, within(1e-7));
      }
    }
  }

  private static double loss(
      Pass pass, TextClassifier model, Batch batch, int[] labels, double[] weights, double scale) {
    pass.startTraining(1);
    model.refresh(pass, 1, true);
    return model.loss(pass, batch, labels, weights, scale);
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 20})
  void aWeightOfTwoIsTheExampleTwice(int maxTokens) {
    LocalTrainer.Result once = train(DataType.DOUBLE, weighted(2, 1, 1, 2), maxTokens);
    List<Sample> twice = new ArrayList<>(weighted(1, 1, 1, 1));
    twice.add(twice.get(0));
    twice.add(twice.get(3));
    LocalTrainer.Result same = train(DataType.DOUBLE, twice, maxTokens);
    assertThat(once.lossSum()).isCloseTo(same.lossSum(), within(1e-9));
    assertThat(once.labels()).isEqualTo(same.labels()).isEqualTo(18);
    assertThat(once.weight()).isEqualTo(18);
    assertThat(once.examples()).isEqualTo(12);
    assertThat(distance(once, same)).isLessThan(1e-6);
    assertThat(distance(once, train(DataType.DOUBLE, weighted(1, 1, 1, 1), maxTokens)))
        .isGreaterThan(1e-4);
  }

  /** The mean divides by the sum of weights. */
  @Test
  void equalWeightsAreNoWeights() {
    LocalTrainer.Result half = train(DataType.DOUBLE, weighted(0.5, 0.5, 0.5, 0.5), 4096);
    LocalTrainer.Result none = train(DataType.DOUBLE, weighted(1, 1, 1, 1), 4096);
    assertThat(distance(half, none)).isLessThan(1e-6);
    assertThat(half.lossSum() / half.labels())
        .isCloseTo(none.lossSum() / none.labels(), within(1e-9));
  }

  private static double distance(LocalTrainer.Result one, LocalTrainer.Result other) {
    float[] x = one.state().theta();
    float[] y = other.state().theta();
    return IntStream.range(0, x.length).mapToDouble(i -> Math.abs(x[i] - y[i])).max().orElseThrow();
  }

  @Test
  void aWeightOfOneIsNone() {
    Example plain = new Example("text", null, "a");
    assertThat(plain).isEqualTo(new Example("text", null, "a", 1));
    assertThat(plain).hasToString("Example[text=text, pair=null, label=a]");
    assertThat(new Example("text", null, "a", 2))
        .hasToString("Example[text=text, pair=null, label=a, weight=2.0]");
    for (double weight : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Example("text", null, "a", weight))
          .withMessage("the weight of an example must be above 0 and finite, got " + weight);
    }
    assertThat(Batcher.weights(weighted(1, 1), new int[] {0, 1})).isNull();
    assertThat(Arrays.stream(Batcher.weights(weighted(1, 2), new int[] {1}))).containsExactly(2.0);
  }
}
