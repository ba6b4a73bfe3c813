package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A Vision Transformer that merges tokens against PyTorch (tools/make_tome_goldens.py): embeddings,
 * logits, every gradient, ten steps of AdamW; and against central differences.
 */
class TokenMergingTest {
  private static final String FOLDER = "merging";
  private static final int STEPS = 10;
  private static final List<String> CASES = List.of("tome", "tome-many", "pyra", "pyra-many");

  /** Cases, types and tolerances. */
  static Stream<Arguments> cases() {
    return CASES.stream()
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(name, DataType.DOUBLE, 2e-7),
                    Arguments.of(name, DataType.FLOAT, 2e-5)));
  }

  static Encoder encoder(DataType type) {
    try (HuggingFaceModel files = HuggingFaceModel.open(Goldens.path(FOLDER + "/model"))) {
      return (Encoder)
          files.architecture().load(files.config(), new WeightLoader(files.weights(), type));
    }
  }

  private static List<Sample> samples(int[] labels) {
    ImageProcessor processor = BaseModel.load(Goldens.path(FOLDER + "/model")).images();
    List<Sample> samples = new ArrayList<>();
    for (JsonNode row : Goldens.json(FOLDER, "expected.json")) {
      byte[] file = Goldens.bytes(FOLDER + "/" + row.required("image").asText());
      samples.add(
          new Sample(
              new Sample.Pixels(
                  processor.process(new ImageBytes(file)),
                  processor.scale(),
                  processor.shift(),
                  processor.tokens()),
              new int[] {labels[samples.size()]}));
    }
    assertThat(samples).hasSize(4);
    return samples;
  }

  private static SequenceBatch batch(List<Sample> samples) {
    return Batcher.sequences(samples, IntStream.range(0, samples.size()).toArray());
  }

  /** A golden case in one precision. */
  private record Case(
      Goldens goldens,
      JsonNode expected,
      Encoder encoder,
      TextClassifier classifier,
      float[] theta,
      List<Sample> samples) {

    int[] labels() {
      return Goldens.ints(expected.required("labels"));
    }
  }

  private static Case load(String name, DataType type) {
    JsonNode expected = Goldens.json(FOLDER, name + ".json");
    List<Integer> counts =
        Arrays.stream(Goldens.ints(expected.required("counts"))).boxed().toList();
    int b = expected.required("b").asInt();
    TokenMerging merging = new TokenMerging(counts, expected.required("modulation").asBoolean());
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(2)
            .withB(b)
            .withRank(2)
            .withAlpha(4.0)
            .withPairing(b > 1 ? "heuristic" : "full")
            .withInit("kaiming")
            .withTokenMerging(merging);
    Pooling pooling =
        Pooling.valueOf(expected.required("pooling").asText().toUpperCase(Locale.ROOT));
    Encoder encoder = encoder(type).withPooling(pooling);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    Goldens goldens = new Goldens(FOLDER, name + ".safetensors");
    float[] initial = goldens.vector(modules.layout(), "", "0");
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    classifier.theta().set(goldens.vector(classifier.layout(), "", ""));
    return new Case(
        goldens,
        expected,
        encoder.withTokenMerging(merging),
        classifier,
        classifier.theta().toArray(),
        samples(Goldens.ints(expected.required("labels"))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void embeddingsAndLogits(String name, DataType type, double tolerance) {
    Case c = load(name, type);
    try (Pass pass = new Pass(type)) {
      c.classifier().refresh(pass, 0, false);
      Matrix pooled = c.encoder().encode(pass, c.classifier().adapters(), batch(c.samples()));
      assertThat(pooled.toDoubles())
          .containsExactly(wide(c.goldens().get("pooled")), offset(5 * tolerance));
      assertThat(c.classifier().logits(pass, batch(c.samples())).toDoubles())
          .containsExactly(wide(c.goldens().get("logits")), offset(5 * tolerance));
      for (int s = 0; s < c.samples().size(); s++) { // an image alone is what it is in a batch
        double[] one =
            c.encoder()
                .encode(pass, c.classifier().adapters(), batch(c.samples().subList(s, s + 1)))
                .toDoubles();
        assertThat(one)
            .containsExactly(pooled.columns(s, s + 1).toDoubles(), offset(5 * tolerance));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossAndEveryGradient(String name, DataType type, double tolerance) {
    Case c = load(name, type);
    TextClassifier classifier = c.classifier();
    int[] labels = c.labels();
    try (Pass pass = new Pass(type)) {
      pass.startTraining(0);
      classifier.refresh(pass, 0, true);
      double loss = classifier.loss(pass, batch(c.samples()), labels, 1.0 / labels.length);
      assertThat(loss / labels.length)
          .isCloseTo(c.expected().required("loss").asDouble(), offset(tolerance));
      double[] expected = wide(c.goldens().vector(classifier.layout(), "grad/", ""));
      double[] actual = classifier.gradient().toDoubles();
      for (ParameterLayout.Entry e : classifier.layout().entries()) {
        int end = e.offset() + e.length();
        assertThat(
                Matrices.distance(
                    Arrays.copyOfRange(actual, e.offset(), end),
                    Arrays.copyOfRange(expected, e.offset(), end)))
            .as(e.name())
            .isLessThan(10 * tolerance);
      }
    }
  }

  /** One full batch a step; the loss of step k is what k+1 steps add to the sum of k steps. */
  @ParameterizedTest
  @ValueSource(strings = {"tome", "tome-many", "pyra", "pyra-many"})
  void tenStepsOfAdamW(String name) {
    DataType type = DataType.FLOAT;
    Case c = load(name, type);
    OptimizerConfig optimizer = new OptimizerConfig(1e-2, 1.0, 1e-2, 0.01, 0.9, 0.999, 1e-8, 1.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(STEPS)
            .withBatchSize(c.samples().size())
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withOptimizer(optimizer)
            .withSchedule(new ScheduleConfig("constant", 0.0))
            .withSeed(1L);
    Shard shard = new Shard(1, 0, 1, STEPS, c.samples());
    JsonNode expected = c.expected().required("losses");
    try (Pass pass = new Pass(type)) {
      LocalTrainer trainer = new LocalTrainer(c.classifier(), pass, config);
      double before = 0;
      for (int step = 0; step < STEPS; step++) {
        double sum = trainer.train(TaskState.initial(c.theta()), shard, step + 1).lossSum();
        assertThat((sum - before) / c.samples().size())
            .as("loss of step " + step)
            .isCloseTo(expected.get(step).asDouble(), offset(1e-4));
        before = sum;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tome-many", "pyra", "pyra-many"})
  void gradientsAgainstCentralDifferences(String name) {
    Case c = load(name, DataType.DOUBLE);
    check(c.classifier(), c.samples());
  }

  /** Two images, one of them of a single colour. */
  private static void check(TextClassifier classifier, List<Sample> samples) {
    SequenceBatch batch = batch(samples.subList(2, 4));
    new GradientCheck(classifier, batch, new int[] {1, 0}, 1, new Random(5)).run(3, 12);
  }

  /** Nothing below the lowest block with an adapter is computed, and a modulation is one. */
  @Test
  void aBlockWithAModulationAndNoAdapter() {
    Encoder encoder = encoder(DataType.DOUBLE);
    AdapterConfig config =
        AdapterConfig.lora(2)
            .withTargets(List.of("regex:layers\\.3\\..*fc1"))
            .withTokenMerging(new TokenMerging(List.of(0, 5, 0, 4), true));
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    assertThat(modules.layout().entries())
        .extracting(ParameterLayout.Entry::name)
        .containsExactly(
            "layers.3.mlp.fc1/A",
            "layers.3.mlp.fc1/B",
            "layers.1.token_modulation/W_r",
            "layers.1.token_modulation/W_D",
            "layers.1.token_modulation/gain",
            "layers.1.token_modulation/shift",
            "layers.3.token_modulation/W_r",
            "layers.3.token_modulation/W_D",
            "layers.3.token_modulation/gain",
            "layers.3.token_modulation/shift");
    TextClassifier classifier =
        new TextClassifier(encoder, modules, modules.initial(1), Goldens.CLASSES);
    Random random = new Random(3);
    float[] theta = new float[classifier.layout().length()];
    IntStream.range(0, theta.length).forEach(i -> theta[i] = (float) (0.3 * random.nextGaussian()));
    classifier.theta().set(theta);
    check(classifier, samples(new int[4]));
  }

  /** As training starts, what is merged is not modulated. */
  @Test
  void modulationStartsAsNone() {
    double[] plain = start(new TokenMerging(List.of(6, 3, 0, 5)));
    assertThat(start(new TokenMerging(List.of(6, 3, 0, 5), true))).isEqualTo(plain);
    assertThat(start(null)).isNotEqualTo(plain);
  }

  private static double[] start(TokenMerging merging) {
    Encoder encoder = encoder(DataType.FLOAT);
    AdapterConfig config = AdapterConfig.defaults().withRank(2).withTokenMerging(merging);
    AdaptedModules modules = AdaptedModules.trained(encoder.linears(), config);
    float[] initial = modules.initial(7);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    classifier.theta().set(TextClassifier.initialParameters(initial, Goldens.CLASSES, 12, 3));
    try (Pass pass = new Pass(DataType.FLOAT)) {
      classifier.refresh(pass, 0, false);
      return classifier.logits(pass, batch(samples(new int[4]))).toDoubles();
    }
  }

  /** Where nothing can be merged any more, blocks compute as without. */
  @Test
  void fewerTokensThanAreScheduled() {
    Encoder encoder = encoder(DataType.FLOAT);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      SequenceBatch images = batch(samples(new int[4]));
      double[] some =
          encoder
              .withTokenMerging(new TokenMerging(List.of(17, 9, 4, 2)))
              .encode(pass, Adapters.NONE, images)
              .toDoubles();
      double[] all =
          encoder
              .withTokenMerging(new TokenMerging(List.of(900, 900, 900, 900)))
              .encode(pass, Adapters.NONE, images)
              .toDoubles();
      assertThat(all).isEqualTo(some); // 36 tokens, 19, 10, 6, 4
      double[] none = encoder.encode(pass, Adapters.NONE, images).toDoubles();
      assertThat(encoder.withTokenMerging(null).encode(pass, Adapters.NONE, images).toDoubles())
          .isEqualTo(none)
          .isNotEqualTo(all);
    }
  }

  @Test
  void whatCannotBeMergedIsRefused() {
    Encoder encoder = encoder(DataType.FLOAT);
    TokenMerging three = new TokenMerging(List.of(1, 2, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoder.withTokenMerging(three))
        .withMessage(
            "tokenMerging.counts has 3 numbers, the model has 4 blocks: give one for each");
    AdapterConfig low =
        AdapterConfig.defaults().withTokenMerging(new TokenMerging(TokenMerging.counts("low")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdaptedModules(encoder.linears(), low))
        .withMessageEndingWith(
            "the model has 4 blocks: give one for each; low and high are for models of 12");
    TokenMerging four = new TokenMerging(List.of(1, 0, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoder.withPooling(Pooling.LAST).withTokenMerging(four))
        .withMessageStartingWith("pooling: expected mean, cls or head, got last");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoder.withTokenMerging(four).withPooling(Pooling.LAST))
        .withMessageStartingWith("pooling: expected mean, cls or head, got last");
    Encoder bert = Goldens.encoder(DataType.FLOAT);
    assertThat(bert.withTokenMerging(null)).isSameAs(bert);
    AdapterConfig two =
        AdapterConfig.defaults().withTokenMerging(new TokenMerging(List.of(1, 2), true));
    AdaptedModules modules = new AdaptedModules(bert.linears(), two);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TextClassifier(bert, modules, modules.initial(1), 2))
        .withMessage(
            "tokenMerging needs a vision transformer (model_type vit), the model is of type bert;"
                + " remove adapter.tokenMerging or take another model");
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }
}
