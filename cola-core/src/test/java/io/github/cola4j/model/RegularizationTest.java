package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Plain;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.model.loss.OutputRegularizer;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.loss.Regularization;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.apache.commons.math3.stat.correlation.Covariance;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** BA-LoRA's terms against their definitions, and their gradients through whole models. */
class RegularizationTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-9);
  private static final int ROWS = 6;
  private static final int COLUMNS = 4;
  private static final double SCALE = 0.3;

  private final Random random = new Random(23);
  private final Pass pass = new Pass(DataType.DOUBLE);
  private final Matrix z = Matrices.random(DataType.DOUBLE, ROWS, COLUMNS, random);
  private final Matrix frozen = Matrices.random(DataType.DOUBLE, ROWS, COLUMNS, random);

  @AfterEach
  void free() {
    pass.close();
  }

  private double languageModel(Double consistency, Double diversity, Double svd) {
    var regularizer = new OutputRegularizer(new Regularization(consistency, diversity, svd, 2));
    Matrix gradient = Matrix.zeros(DataType.DOUBLE, ROWS, COLUMNS);
    regularizer.languageModel(pass, z, frozen, SCALE, gradient);
    return regularizer.penalty();
  }

  private double classifier(Double consistency, Double diversity, Double svd) {
    var regularizer = new OutputRegularizer(new Regularization(consistency, diversity, svd, 2));
    Matrix gradient = Matrix.zeros(DataType.DOUBLE, ROWS, COLUMNS);
    regularizer.classifier(pass, z, frozen, z, SCALE, gradient, gradient);
    return regularizer.penalty();
  }

  private static double[] softmax(double[] logits) {
    double sum = DoubleStream.of(logits).map(Math::exp).sum();
    return DoubleStream.of(logits).map(l -> Math.exp(l) / sum).toArray();
  }

  @Test
  void termsAreWhatTheirDefinitionsSay() {
    double divergence = 0;
    double entropies = 0;
    for (int t = 0; t < COLUMNS; t++) {
      double[] p = softmax(z.columns(t, t + 1).toDoubles());
      double[] q = softmax(frozen.columns(t, t + 1).toDoubles());
      divergence += IntStream.range(0, ROWS).mapToDouble(v -> q[v] * Math.log(q[v] / p[v])).sum();
      double[] ascending = p.clone();
      Arrays.sort(ascending);
      entropies += Arrays.stream(ascending, ROWS - 2, ROWS).map(x -> x * Math.log(x)).sum();
    }
    assertThat(languageModel(2.0, null, null)).isCloseTo(2 * SCALE * divergence, CLOSE);
    assertThat(languageModel(null, 0.5, null)).isCloseTo(0.5 * SCALE * entropies, CLOSE);

    double[] sigma = new SingularValueDecomposition(Plain.of(z)).getSingularValues();
    double share = (sigma[0] + sigma[1]) / Arrays.stream(sigma).sum();
    assertThat(languageModel(null, null, 3.0)).isCloseTo(-3 * SCALE * COLUMNS * share, CLOSE);
    assertThat(classifier(null, null, 3.0)).isCloseTo(-3 * SCALE * COLUMNS * share, CLOSE);

    double[] difference = frozen.toDoubles();
    double[] mine = z.toDoubles();
    double squares =
        IntStream.range(0, mine.length)
            .mapToDouble(i -> Math.pow(mine[i] - difference[i], 2))
            .sum();
    assertThat(classifier(2.0, null, null)).isCloseTo(2 * SCALE * squares / ROWS, CLOSE);
    double[][] covariance = new Covariance(Plain.of(z).transpose()).getCovarianceMatrix().getData();
    double off = 0;
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < ROWS; j++) {
        off += i == j ? 0 : covariance[i][j] * covariance[i][j];
      }
    }
    assertThat(classifier(null, 0.5, null)).isCloseTo(0.5 * SCALE * COLUMNS * off / ROWS, CLOSE);
  }

  @ParameterizedTest
  @CsvSource({"0.3,,", ",0.2,", ",,0.5", "0.3,0.2,0.5"})
  void aClassifiersGradientIsThatOfTheWholeLoss(Double first, Double second, Double third) {
    BertEncoder encoder = Goldens.encoder(DataType.DOUBLE);
    AdaptedModules modules =
        new AdaptedModules(encoder.linears(), AdapterConfig.of("pissa").withRank(2));
    float[] initial = modules.initial(3);
    TextClassifier classifier =
        new TextClassifier(
            encoder,
            modules,
            initial,
            Goldens.CLASSES,
            ProblemType.SINGLE_LABEL,
            new Regularization(first, second, third, 1),
            0.1);
    classifier
        .theta()
        .set(moved(TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 5)));
    TokenBatch batch = Matrices.batch(200, random, 5, 1, 9);
    new GradientCheck(classifier, batch, new int[] {2, 0, 1}, 0.7, random).run(6, 20);
    assertThat(classifier.penalty()).isNotZero();
  }

  @ParameterizedTest
  @CsvSource({"0.3,,", ",0.2,", ",,0.5", "0.3,0.2,0.5"})
  void aLanguageModelsGradientIsThatOfTheWholeLoss(Double first, Double second, Double third) {
    LlamaDecoder decoder = DecoderGoldenTest.decoder("llama", DataType.DOUBLE);
    AdaptedModules modules =
        new AdaptedModules(decoder.linears(), AdapterConfig.of("pissa").withRank(2));
    float[] initial = modules.initial(3);
    LanguageModel model =
        new LanguageModel(
            decoder, modules, initial, false, new Regularization(first, second, third, 3));
    model.theta().set(moved(initial));
    TokenBatch batch = Matrices.batch(200, random, 6, 5);
    int[] labels = new int[batch.tokens()];
    Arrays.fill(labels, Sample.IGNORED);
    for (int t : new int[] {1, 2, 4, 7, 9, 10}) {
      labels[t] = random.nextInt(200);
    }
    new GradientCheck(model, batch, labels, 0.7, random).run(6, 20);
    assertThat(model.penalty()).isNotZero();
  }

  private float[] moved(float[] theta) {
    float[] moved = theta.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (0.05 * random.nextGaussian());
    }
    return moved;
  }

  @Test
  void valuesAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Regularization.defaults().withConsistency(-1.0))
        .withMessageContaining("consistency");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Regularization.defaults().withTop(0))
        .withMessageContaining("top");
  }
}
