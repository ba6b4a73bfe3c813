package io.github.cola4j.model.loss;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.model.Answers;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Smoothed labels against the cross-entropy to a distribution, as the definition has it. */
class LabelSmoothingTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);
  private static final int CLASSES = 5;
  private static final int[] LABELS = {3, 0, 1, 4};
  private static final double SCALE = 0.3;

  private final Random random = new Random(31);
  private final Pass pass = new Pass(DataType.DOUBLE);
  private final Matrix z = Matrices.random(DataType.DOUBLE, CLASSES, LABELS.length, random);

  @AfterEach
  void free() {
    pass.close();
  }

  /** −Σ_k q_k log p_k, q = (1 − ε) e_y + ε/K. */
  private static double toTheDistribution(double epsilon, float[] logits, int label) {
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      double q = epsilon / logits.length + (k == label ? 1 - epsilon : 0);
      sum -= q * Answers.logProbability(logits, k);
    }
    return sum;
  }

  private double loss(double epsilon, double[] weights, Matrix dLogits) {
    int[] labels = LABELS.clone();
    LabelSmoothing smoothing = LabelSmoothing.of(epsilon, z, labels, weights, SCALE);
    var crossEntropy = pass.kernels().deferredCrossEntropy(z, labels, SCALE, dLogits);
    return smoothing.added(pass, crossEntropy, dLogits).getAsDouble();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void theLossIsTheCrossEntropyToTheSmoothedTarget(double epsilon) {
    float[] logits = z.toArray();
    double expected = 0;
    for (int t = 0; t < LABELS.length; t++) {
      float[] own = new float[CLASSES];
      System.arraycopy(logits, t * CLASSES, own, 0, CLASSES);
      expected += toTheDistribution(epsilon, own, LABELS[t]);
    }
    Matrix dLogits = Matrix.zeros(DataType.DOUBLE, CLASSES, LABELS.length);
    assertThat(loss(epsilon, null, dLogits)).isCloseTo(expected, CLOSE);
  }

  @Test
  void theGradientIsProbabilitiesLessTheSmoothedTarget() {
    double epsilon = 0.2;
    Matrix dLogits = Matrix.zeros(DataType.DOUBLE, CLASSES, LABELS.length);
    loss(epsilon, null, dLogits);
    double[] gradient = dLogits.toDoubles();
    float[] logits = z.toArray();
    for (int t = 0; t < LABELS.length; t++) {
      float[] own = new float[CLASSES];
      System.arraycopy(logits, t * CLASSES, own, 0, CLASSES);
      double[] p = Answers.probabilities(own);
      for (int k = 0; k < CLASSES; k++) {
        double target = epsilon / CLASSES + (k == LABELS[t] ? 1 - epsilon : 0);
        assertThat(gradient[t * CLASSES + k]).isCloseTo(SCALE * (p[k] - target), CLOSE);
      }
    }
  }

  @Test
  void weightsWeighWhatIsAdded() {
    LabelSmoothing once = LabelSmoothing.of(0.1, z, LABELS, new double[] {1, 0, 0, 0}, SCALE);
    LabelSmoothing thrice = LabelSmoothing.of(0.1, z, LABELS, new double[] {3, 0, 0, 0}, SCALE);
    assertThat(thrice.loss()).isCloseTo(3 * once.loss(), CLOSE).isNotZero();
    assertThat(thrice.gradient()[3]).isCloseTo(3 * once.gradient()[3], CLOSE);
    assertThat(once.gradient()[CLASSES]).isZero();
  }
}
