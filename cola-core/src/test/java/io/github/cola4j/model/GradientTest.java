package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.TokenBatch;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Encoder, adapters and head together: dL/dθ against central differences in float64. */
class GradientTest {
  private static final double TOLERANCE = 1e-6;
  private static final double STEP = 1e-5;
  private static final int DIRECTIONS = 10;
  private static final int COORDINATES = 40;
  private static final int[] LABELS = {0, 2, 1};

  private final Random random = new Random(11);
  private final TokenBatch batch = Matrices.batch(200, random, 5, 1, 9);

  static List<PairingStrategy> strategies() {
    return Pairings.all();
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void everyParameterOfTheWholeModel(PairingStrategy strategy) {
    check(new AdapterConfig(2, 3, 2, null, strategy.name(), "split-pissa", 0.0, null, null));
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void moreAThanBDropoutAndSomeLayersOnly(PairingStrategy strategy) {
    List<String> targets =
        List.of("query", "value", "intermediate.dense", "regex:.*1.output.dense");
    check(new AdapterConfig(3, 2, 2, null, strategy.name(), "pissa", 0.2, targets, null));
  }

  private void check(AdapterConfig config) {
    BertEncoder encoder = Goldens.encoder(DataType.DOUBLE);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(3);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] start = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 5);
    for (int i = 0; i < start.length; i++) {
      start[i] += (float) (0.05 * random.nextGaussian());
    }
    Matrix theta = classifier.theta();
    theta.set(start);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      classifier.gradient().array().assign(0);
      loss(classifier, pass);
      double[] gradient = classifier.gradient().toDoubles();

      double[] expected = new double[DIRECTIONS + COORDINATES];
      double[] actual = new double[DIRECTIONS + COORDINATES];
      for (int k = 0; k < DIRECTIONS; k++) {
        Matrix direction = Matrices.random(DataType.DOUBLE, start.length, 1, random);
        direction.array().divi(Math.sqrt(start.length));
        expected[k] = difference(classifier, pass, direction);
        actual[k] = dot(gradient, direction.toDoubles());
      }
      for (int k = DIRECTIONS; k < expected.length; k++) {
        Matrix direction = Matrix.zeros(DataType.DOUBLE, start.length, 1);
        int coordinate = random.nextInt(start.length);
        direction.array().putScalar(coordinate, 0, 1);
        expected[k] = difference(classifier, pass, direction);
        actual[k] = gradient[coordinate];
      }
      assertThat(Matrices.distance(actual, expected)).isLessThan(TOLERANCE);
      for (int k = 0; k < DIRECTIONS; k++) {
        double difference = Math.abs(actual[k] - expected[k]);
        assertThat(difference).isLessThan(TOLERANCE * Math.max(1e-2, Math.abs(expected[k])));
      }
    }
  }

  private double difference(TextClassifier classifier, Pass pass, Matrix direction) {
    Matrix theta = classifier.theta();
    Matrix middle = Matrix.of(DataType.DOUBLE, theta.rows(), 1, theta.toArray());
    pass.kernels().copy(theta, middle);
    pass.kernels().add(STEP, direction, theta);
    double up = loss(classifier, pass);
    pass.kernels().add(-2 * STEP, direction, theta);
    double down = loss(classifier, pass);
    pass.kernels().copy(middle, theta);
    return (up - down) / (2 * STEP);
  }

  /** A training step's forward and backward, with the same random choices at every call. */
  private double loss(TextClassifier classifier, Pass pass) {
    pass.startTraining(13);
    classifier.refresh(pass, 17, true);
    return classifier.loss(pass, batch, LABELS, 1);
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
