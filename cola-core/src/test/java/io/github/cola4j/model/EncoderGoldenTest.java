package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.tokenizer.Tokenizer;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Tiny encoders against transformers: tokens, or images from their files, embeddings, logits,
 * adapter gradients, ten steps of AdamW (tools/make_encoder_goldens.py, tools/make_vit_goldens.py).
 */
public class EncoderGoldenTest {
  private static final int STEPS = 10;

  static Stream<String> families() {
    return Stream.concat(textFamilies(), Stream.of("vit", "vit-patches"));
  }

  static Stream<String> textFamilies() {
    return Stream.of(
        "roberta",
        "xlm-roberta",
        "camembert",
        "distilbert",
        "electra",
        "albert",
        "mpnet",
        "bert",
        "modernbert",
        "modernbert-biases",
        "deberta-v2",
        "deberta-v2-separate",
        "deberta-v2-p2c");
  }

  /** Cases and their poolings: heuristic pairs on the mean, and on what the classifier gets. */
  static Stream<Arguments> cases() {
    return models()
        .flatMap(
            model ->
                Stream.of(Pooling.MEAN, Pooling.HEAD)
                    .map(p -> Arguments.of(model.get()[0], p, model.get()[1], model.get()[2])));
  }

  /** Rotations have cosines of float32, whose last bit PyTorch rounds otherwise. */
  static Stream<Arguments> models() {
    return families()
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(
                        name, DataType.DOUBLE, name.startsWith("modernbert") ? 1e-6 : 2e-7),
                    Arguments.of(name, DataType.FLOAT, 2e-5)));
  }

  private static String folder(String family) {
    return "encoder/" + family;
  }

  private static Encoder encoder(String family, DataType type) {
    try (HuggingFaceModel files = HuggingFaceModel.open(Goldens.path(folder(family) + "/model"))) {
      return (Encoder)
          files.architecture().load(files.config(), new WeightLoader(files.weights(), type));
    }
  }

  /** As the folder's tokenizer, or processor of images, gives them, with the labels of a case. */
  private static List<Sample> samples(String family, JsonNode labels) {
    BaseModel model = BaseModel.load(Goldens.path(folder(family) + "/model"));
    List<Sample> samples = new ArrayList<>();
    for (JsonNode row : Goldens.json(folder(family), "expected.json")) {
      int label = labels == null ? Sample.IGNORED : labels.required(samples.size()).asInt();
      if (row.has("image")) {
        samples.add(image(model, folder(family) + "/" + row.required("image").asText(), label));
        continue;
      }
      String pair = row.required("pair").isNull() ? null : row.required("pair").asText();
      Tokenizer tokenizer = model.tokenizer(64);
      samples.add(tokenizer.encode(row.required("text").asText(), pair, label).sample());
    }
    return samples;
  }

  private static Sample image(BaseModel model, String file, int label) {
    ImageProcessor processor = model.images();
    byte[] values = processor.process(new ImageBytes(Goldens.bytes(file)));
    return new Sample(
        new Sample.Pixels(values, processor.scale(), processor.shift(), processor.tokens()),
        new int[] {label});
  }

  private static SequenceBatch batch(List<Sample> samples) {
    return Batcher.sequences(samples, IntStream.range(0, samples.size()).toArray());
  }

  @ParameterizedTest
  @MethodSource("textFamilies")
  void tokensOfTextsAndPairs(String family) {
    JsonNode expected = Goldens.json(folder(family), "expected.json");
    List<Sample> samples = samples(family, null);
    assertThat(samples).hasSize(expected.size()).hasSize(4);
    for (int s = 0; s < samples.size(); s++) {
      assertThat(samples.get(s).ids()).isEqualTo(Goldens.ints(expected.get(s).required("ids")));
      if (expected.get(s).has("typeIds")) {
        assertThat(samples.get(s).typeIds())
            .isEqualTo(Goldens.ints(expected.get(s).required("typeIds")));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  public void embeddings(String family, DataType type, double tolerance) {
    JsonNode expected = Goldens.json(folder(family), "expected.json");
    Encoder encoder = encoder(family, type);
    SequenceBatch batch = batch(samples(family, null));
    try (Pass pass = new Pass(type)) {
      for (Pooling pooling : Pooling.values()) {
        pass.startEvaluation();
        Matrix pooled = encoder.withPooling(pooling).encode(pass, Adapters.NONE, batch);
        for (int s = 0; s < expected.size(); s++) {
          double[] one = doubles(expected.get(s).required(pooling.toString()));
          assertThat(pooled.columns(s, s + 1).toDoubles())
              .as(pooling.toString())
              .containsExactly(one, within(tolerance));
        }
      }
    }
  }

  /** A golden case in one precision. */
  private record Case(
      Goldens goldens, JsonNode expected, TextClassifier classifier, float[] theta) {}

  private static Case load(String family, Pooling pooling, DataType type) {
    boolean mean = pooling == Pooling.MEAN;
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(2)
            .withB(mean ? 3 : 1)
            .withRank(2)
            .withAlpha(4.0)
            .withPairing(mean ? "heuristic" : "full")
            .withInit("kaiming")
            .withDropout(0.0);
    Encoder encoder = encoder(family, type).withPooling(pooling);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    Goldens goldens = new Goldens(folder(family), "cola-" + pooling + ".safetensors");
    float[] initial = goldens.vector(modules.layout(), "", "0");
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    return new Case(
        goldens,
        Goldens.json(folder(family), "cola-" + pooling + ".json"),
        classifier,
        goldens.vector(classifier.layout(), "", ""));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void logitsLossAndEveryGradient(String family, Pooling pooling, DataType type, double tolerance) {
    Case c = load(family, pooling, type);
    TextClassifier classifier = c.classifier();
    classifier.theta().set(c.theta());
    List<Sample> samples = samples(family, c.expected().required("labels"));
    int[] labels = samples.stream().mapToInt(sample -> sample.labels()[0]).toArray();
    try (Pass pass = new Pass(type)) {
      classifier.refresh(pass, 0, false);
      double[] logits = classifier.logits(pass, batch(samples)).toDoubles();
      assertThat(logits).containsExactly(wide(c.goldens().get("logits")), within(5 * tolerance));

      pass.startTraining(0);
      classifier.refresh(pass, 0, true);
      double loss = classifier.loss(pass, batch(samples), labels, 1.0 / labels.length);
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
            .isLessThan(5 * tolerance);
      }
    }
  }

  /** One full batch a step. */
  @ParameterizedTest
  @MethodSource("cases")
  void tenStepsOfAdamW(String family, Pooling pooling, DataType type, double tolerance) {
    Case c = load(family, pooling, type);
    List<Sample> samples = samples(family, c.expected().required("labels"));
    OptimizerConfig optimizer = new OptimizerConfig(1e-2, 1.0, 1e-2, 0.01, 0.9, 0.999, 1e-8, 1.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(STEPS)
            .withBatchSize(samples.size())
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withMaxLength(64)
            .withOptimizer(optimizer)
            .withSchedule(new ScheduleConfig("constant", 0.0))
            .withSeed(1L);
    Shard shard = new Shard(1, 0, 1, STEPS, samples);
    double[] expected = doubles(c.expected().required("losses"));
    try (Pass pass = new Pass(type)) {
      LocalTrainer trainer = new LocalTrainer(c.classifier(), pass, config);
      TaskState state = TaskState.initial(c.theta());
      for (int step = 0; step < STEPS; step++) {
        LocalTrainer.Result result = trainer.train(state, shard, 1);
        assertThat(result.lossSum() / samples.size())
            .as("loss of step " + step)
            .isCloseTo(expected[step], within(20 * tolerance * Math.max(1, expected[0])));
        state = result.state();
      }
    }
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
