package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.score.RegressionScore;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.model.loss.HeadLoss;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Several labels a text, and numbers: losses and scores of PyTorch, gradients, training. */
class ProblemTypesTest {
  private static final Path GOLDENS = Path.of("src/test/resources/goldens/problems.json");
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);

  private final Random random = new Random(17);

  private static JsonNode golden(String name) throws IOException {
    return new JsonMapper().readTree(GOLDENS.toFile()).path(name); // tools/make_problem_goldens.py
  }

  private static double[] numbers(JsonNode rows) {
    List<Double> all = new ArrayList<>();
    for (JsonNode row : rows) {
      if (row.isArray()) {
        row.forEach(number -> all.add(number.asDouble()));
      } else {
        all.add(row.asDouble());
      }
    }
    return all.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static Matrix logits(JsonNode golden, int classes) {
    double[] z = numbers(golden.path("logits"));
    Matrix logits = Matrix.zeros(DataType.DOUBLE, classes, z.length / classes);
    logits.set(z);
    return logits;
  }

  private static void assertIsPytorchs(
      JsonNode golden, ProblemType problem, Matrix logits, int[] labels) {
    double[] weights = numbers(golden.path("weights"));
    HeadLoss loss = HeadLoss.of(problem, logits, labels, weights, 0.5);
    assertThat(loss.sum(weights)).isCloseTo(golden.path("loss").asDouble(), CLOSE);
    double[] gradient = numbers(golden.path("gradient"));
    for (int i = 0; i < gradient.length; i++) {
      assertThat(loss.gradient()[i]).isCloseTo(0.5 * gradient[i], CLOSE);
    }
    HeadLoss plain = HeadLoss.of(problem, logits, labels, null, 1);
    assertThat(plain.sum(null) / labels.length).isCloseTo(golden.path("mean").asDouble(), CLOSE);
  }

  @Test
  void lossesAndGradientsAreThoseOfPytorch() throws IOException {
    JsonNode several = golden("multiLabel");
    int[] labels = IntStream.of(toInts(numbers(several.path("labels")))).toArray();
    assertIsPytorchs(several, ProblemType.MULTI_LABEL, logits(several, 4), labels);
    JsonNode number = golden("regression");
    assertIsPytorchs(number, ProblemType.REGRESSION, logits(number, 1), bits(number));
  }

  private static int[] toInts(double[] numbers) {
    return IntStream.range(0, numbers.length).map(i -> (int) numbers[i]).toArray();
  }

  private static int[] bits(JsonNode golden) {
    double[] labels = numbers(golden.path("labels"));
    return IntStream.range(0, labels.length)
        .map(i -> Float.floatToIntBits((float) labels[i]))
        .toArray();
  }

  /** Counted at once, and in parts that are added up. */
  @Test
  void scoresOfSeveralLabelsAreThoseOfTorchmetrics() throws IOException {
    JsonNode golden = golden("multiLabel");
    double[] z = numbers(golden.path("logits"));
    int[] labels = toInts(numbers(golden.path("labels")));
    int[] predicted = IntStream.range(0, z.length).map(i -> z[i] > 0 ? 1 : 0).toArray();
    HeadLoss loss = HeadLoss.of(ProblemType.MULTI_LABEL, logits(golden, 4), labels, null, 1);
    Evaluation all = Evaluation.empty(4);
    for (int[] part : new int[][] {{0, 12}, {12, 36}}) {
      double[] logProbability =
          IntStream.range(part[0], part[1]).mapToDouble(i -> -loss.each()[i]).toArray();
      all =
          all.plus(
              Evaluation.of(
                  ProblemType.MULTI_LABEL,
                  4,
                  new Answers(slice(predicted, part), logProbability),
                  slice(labels, part)));
    }
    assertThat(all.examples()).isEqualTo(9);
    assertThat(all.accuracy()).isCloseTo(golden.path("accuracy").asDouble(), CLOSE);
    assertThat(all.microF1()).isCloseTo(golden.path("microF1").asDouble(), CLOSE);
    assertThat(all.macroF1()).isCloseTo(golden.path("macroF1").asDouble(), CLOSE);
    assertThat(all.loss()).isCloseTo(golden.path("mean").asDouble(), CLOSE);
    assertThat(all.r2()).isNull();
  }

  private static int[] slice(int[] all, int[] part) {
    return Arrays.copyOfRange(all, part[0], part[1]);
  }

  @Test
  void scoresOfNumbersAreThoseOfTorchmetrics() throws IOException {
    JsonNode golden = golden("regression");
    double[] z = numbers(golden.path("logits"));
    int[] answers =
        IntStream.range(0, z.length).map(i -> Float.floatToIntBits((float) z[i])).toArray();
    HeadLoss loss = HeadLoss.of(ProblemType.REGRESSION, logits(golden, 1), bits(golden), null, 1);
    Evaluation all = Evaluation.empty(1);
    for (int[] part : new int[][] {{0, 1}, {1, 13}, {13, 40}}) {
      double[] error =
          IntStream.range(part[0], part[1]).mapToDouble(i -> -loss.each()[i]).toArray();
      all =
          all.plus(
              Evaluation.of(
                  ProblemType.REGRESSION,
                  1,
                  new Answers(slice(answers, part), error),
                  slice(bits(golden), part)));
    }
    assertThat(all.examples()).isEqualTo(40);
    assertThat(all.accuracy()).isNaN();
    assertThat(all.loss()).isCloseTo(golden.path("mean").asDouble(), CLOSE);
    assertThat(all.r2()).isCloseTo(golden.path("r2").asDouble(), CLOSE);
    RegressionScore numbers = all.numbers();
    assertThat(numbers.meanAbsoluteError())
        .isCloseTo(golden.path("meanAbsoluteError").asDouble(), CLOSE);
    assertThat(numbers.spearman()).isCloseTo(golden.path("spearman").asDouble(), CLOSE);
    Evaluation kept = all.withoutNumbers();
    assertThat(kept.numbers().spearman()).isNull();
    assertThat(kept.r2()).isEqualTo(all.r2());
  }

  @Test
  void numbersThatAreAllEqualHaveNoScore() {
    RegressionScore same = RegressionScore.of(new float[] {1, 2}, new float[] {3, 3});
    assertThat(same.r2(5)).isNull();
    assertThat(same.spearman()).isNull();
    assertThat(RegressionScore.of(new float[] {1}, new float[] {1}).spearman()).isNull();
  }

  @Test
  void gradientsAreThoseOfTheLosses() {
    BertEncoder encoder = Goldens.encoder(DataType.DOUBLE);
    AdaptedModules modules =
        new AdaptedModules(encoder.linears(), AdapterConfig.of("cola").withRank(2));
    float[] initial = modules.initial(3);
    TokenBatch batch = Matrices.batch(200, random, 5, 1, 9);
    TextClassifier several =
        new TextClassifier(encoder, modules, initial, 2, ProblemType.MULTI_LABEL, null, 0);
    several.theta().set(TextClassifier.initialParameters(initial, 2, 32, 5));
    int[] each = {1, 0, 1, 1, Sample.IGNORED, 0};
    new GradientCheck(several, batch, each, 0.7, random).run(6, 20);
    TextClassifier number =
        new TextClassifier(encoder, modules, initial, 1, ProblemType.REGRESSION, null, 0);
    number.theta().set(TextClassifier.initialParameters(initial, 1, 32, 5));
    int[] labels = IntStream.of(3, -1, 2).map(y -> Float.floatToIntBits(y / 2f)).toArray();
    new GradientCheck(number, batch, labels, 0.7, random).run(6, 20);
  }

  /** Half of the numbers that a text's first token is; 1 and 0 by whether it is even, and large. */
  @Test
  void trainingLowersTheLoss() {
    for (ProblemType problem : List.of(ProblemType.MULTI_LABEL, ProblemType.REGRESSION)) {
      BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
      AdaptedModules modules = new AdaptedModules(encoder.linears(), AdapterConfig.defaults());
      float[] initial = modules.initial(3);
      int classes = problem == ProblemType.MULTI_LABEL ? 2 : 1;
      TextClassifier model =
          new TextClassifier(encoder, modules, initial, classes, problem, null, 0);
      List<Sample> samples = samples(problem);
      TrainingConfig training =
          TrainingConfig.defaults()
              .withOptimizer(OptimizerConfig.defaults().withLearningRate(1e-2));
      try (Pass pass = new Pass(DataType.FLOAT)) {
        TaskState start =
            TaskState.initial(TextClassifier.initialParameters(initial, classes, 32, 5));
        Shard shard = new Shard(1, 0, 3, 36, samples);
        Evaluation before = Evaluation.of(model, pass, start.theta(), samples, 512);
        TaskState after = new LocalTrainer(model, pass, training).train(start, shard, 36).state();
        Evaluation trained = Evaluation.of(model, pass, after.theta(), samples, 512);
        assertThat(trained.loss()).as(problem.key()).isLessThan(0.7 * before.loss());
      }
    }
  }

  private List<Sample> samples(ProblemType problem) {
    List<Sample> samples = new ArrayList<>();
    for (int s = 0; s < 40; s++) {
      int first = 10 + random.nextInt(8);
      int[] labels =
          problem == ProblemType.MULTI_LABEL
              ? new int[] {first % 2, first > 13 ? 1 : 0}
              : new int[] {Float.floatToIntBits((first - 13) / 2f)};
      samples.add(new Sample(new int[] {first, first, 2, first}, new int[4], labels));
    }
    return samples;
  }

  @Test
  void whatAProblemCannotHaveIsRefused() {
    assertThat(ProblemType.of("multi-label")).isEqualTo(ProblemType.MULTI_LABEL);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProblemType.of("several"))
        .withMessageContaining("[single-label, multi-label, regression], got 'several'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Classification(List.of("a", "b"), null, ProblemType.REGRESSION))
        .withMessageContaining("learns one number");
    assertThat(new Classification(List.of("a"), null, ProblemType.MULTI_LABEL).classes())
        .containsExactly("a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Classification.value("many"))
        .withMessageContaining("expected a number as label, got 'many'");
    assertThatIllegalArgumentException().isThrownBy(() -> Classification.value("NaN"));
  }
}
