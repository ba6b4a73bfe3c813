package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The tiny BERT against PyTorch's float64. In DOUBLE what differs is the goldens' rounding, to
 * float32 (6e-8) or to nine digits; in FLOAT, on the CPU kernels, some tens of roundings a layer.
 */
class BertGoldenTest {
  private static final int STEPS = 10;

  /** A golden case in one precision. */
  private record Case(
      Goldens goldens, JsonNode expected, TextClassifier classifier, float[] theta) {}

  private static Case load(String name, DataType type) {
    boolean lora = name.equals("lora");
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(lora ? 1 : 2)
            .withB(lora ? 1 : 3)
            .withRank(2)
            .withAlpha(4.0)
            .withPairing(lora ? "full" : name)
            .withInit("kaiming")
            .withDropout(0.0);
    BertEncoder encoder = Goldens.encoder(type);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    Goldens goldens = new Goldens("cola-" + name + ".safetensors");
    float[] initial = goldens.vector(modules.layout(), "", "0");
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    return new Case(
        goldens,
        Goldens.json("cola-" + name + ".json"),
        classifier,
        goldens.vector(classifier.layout(), "", ""));
  }

  @ParameterizedTest
  @CsvSource({"DOUBLE, 1e-8", "FLOAT, 1e-5"})
  void pooledEmbeddings(DataType type, double tolerance) {
    try (Pass pass = new Pass(type)) {
      Matrix pooled = Goldens.encoder(type).encode(pass, Adapters.NONE, Goldens.batch());
      JsonNode texts = Goldens.json("expected.json");
      assertThat(pooled.columns()).isEqualTo(texts.size()).isEqualTo(6);
      for (int s = 0; s < texts.size(); s++) {
        double[] mean = doubles(texts.get(s).required("mean"));
        assertThat(pooled.columns(s, s + 1).toDoubles()).containsExactly(mean, within(tolerance));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "full, DOUBLE, 2e-7",
    "heuristic, DOUBLE, 2e-7",
    "lora, DOUBLE, 2e-7",
    "full, FLOAT, 2e-5",
    "heuristic, FLOAT, 2e-5",
    "lora, FLOAT, 2e-5"
  })
  void logitsLossAndEveryGradient(String name, DataType type, double tolerance) {
    Case c = load(name, type);
    TextClassifier classifier = c.classifier();
    classifier.theta().set(c.theta());
    try (Pass pass = new Pass(type)) {
      classifier.refresh(pass, 0, false);
      double[] logits = classifier.logits(pass, Goldens.batch()).toDoubles();
      assertThat(logits).containsExactly(wide(c.goldens().get("logits")), within(tolerance));

      pass.startTraining(0);
      classifier.refresh(pass, 0, true);
      int[] labels = Goldens.labels();
      double loss = classifier.loss(pass, Goldens.batch(), labels, 1.0 / labels.length);
      assertThat(loss / labels.length)
          .isCloseTo(c.expected().required("loss").asDouble(), within(tolerance));

      float[] expected = c.goldens().vector(classifier.layout(), "grad/", "");
      double[] actual = classifier.gradient().toDoubles();
      for (ParameterLayout.Entry e : classifier.layout().entries()) {
        int end = e.offset() + e.length();
        assertThat(
                Matrices.distance(
                    Arrays.copyOfRange(actual, e.offset(), end),
                    wide(Arrays.copyOfRange(expected, e.offset(), end))))
            .as(e.name())
            .isLessThan(tolerance);
      }
    }
  }

  /** One full batch a step; the loss of step k is what k+1 steps add to the sum of k steps. */
  @ParameterizedTest
  @CsvSource({
    "full, DOUBLE, 1e-6",
    "heuristic, DOUBLE, 1e-6",
    "lora, DOUBLE, 1e-6",
    "full, FLOAT, 2e-4",
    "heuristic, FLOAT, 2e-4",
    "lora, FLOAT, 2e-4"
  })
  void tenStepsOfAdamW(String name, DataType type, double tolerance) {
    Case c = load(name, type);
    OptimizerConfig optimizer = new OptimizerConfig(1e-2, 1.0, 1e-2, 0.01, 0.9, 0.999, 1e-8, 1.0);
    ScheduleConfig constant = new ScheduleConfig("constant", 0.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(STEPS)
            .withBatchSize(6)
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withMaxLength(64)
            .withOptimizer(optimizer)
            .withSchedule(constant)
            .withSeed(1L);
    Shard shard = new Shard(1, 0, 1, STEPS, Goldens.samples());
    double[] losses = new double[STEPS];
    try (Pass pass = new Pass(type)) {
      LocalTrainer trainer = new LocalTrainer(c.classifier(), pass, config);
      TaskState state = TaskState.initial(c.theta());
      for (int step = 0; step < STEPS; step++) {
        LocalTrainer.Result result = trainer.train(state, shard, 1);
        losses[step] = result.lossSum() / 6;
        state = result.state();
      }
    }
    double[] expected = doubles(c.expected().required("losses"));
    for (int step = 0; step < STEPS; step++) {
      assertThat(losses[step])
          .as("loss of step " + step)
          .isCloseTo(expected[step], within(tolerance * expected[0]));
    }
    Matrix theta = c.classifier().theta();
    double squares = c.expected().required("sumOfSquares").asDouble();
    assertThat(Matrices.dot(theta, theta)).isCloseTo(squares, within(tolerance * squares));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void everyFrozenParameterIsCounted(DataType type) {
    Goldens weights = new Goldens("model/model.safetensors");
    long count = weights.names().stream().mapToLong(name -> weights.get(name).length).sum();
    assertThat(Goldens.encoder(type).parameters()).isEqualTo(count);
  }

  private static Offset<Double> within(double tolerance) {
    return Offset.offset(tolerance);
  }

  private static double[] doubles(JsonNode array) {
    return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }
}
