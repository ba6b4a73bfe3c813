package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Preference;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.model.preference.PreferenceModel;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.PairBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import io.github.cola4j.train.language.PreferenceOptimization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** DPO on tiny decoders, against PyTorch and central differences. */
class PreferenceModelTest {
  private static final int STEPS = 10;

  static Stream<Arguments> cases() {
    return Stream.of("llama", "qwen2")
        .flatMap(
            name ->
                Stream.of("preference", "preference-smooth")
                    .flatMap(
                        kind ->
                            Stream.of(
                                Arguments.of(name, kind, DataType.DOUBLE, 1e-5),
                                Arguments.of(name, kind, DataType.FLOAT, 1e-4))));
  }

  /** A case of {@code tools/make_language_goldens.py}. */
  private record Case(
      JsonNode expected,
      Goldens gradients,
      LlamaDecoder decoder,
      AdaptedModules modules,
      float[] initial,
      float[] theta,
      PreferenceConfig config) {

    static Case of(String name, String kind, DataType type) {
      JsonNode expected = Goldens.json("language", name + "-" + kind + ".json");
      JsonNode start = Goldens.json("decoder/" + name, "cola-heuristic.json");
      Goldens factors = new Goldens("decoder/" + name, "cola-heuristic.safetensors");
      LlamaDecoder decoder = DecoderGoldenTest.decoder(name, type);
      AdapterConfig adapter =
          AdapterConfig.defaults()
              .withA(start.get("M").asInt())
              .withB(start.get("N").asInt())
              .withRank(start.get("rank").asInt())
              .withAlpha(start.get("alpha").asDouble())
              .withPairing("heuristic");
      AdaptedModules modules = new AdaptedModules(decoder.linears(), adapter);
      return new Case(
          expected,
          new Goldens("language", name + "-" + kind + ".safetensors"),
          decoder,
          modules,
          factors.vector(modules.layout(), "", "0"),
          factors.vector(modules.layout(), "", ""),
          new PreferenceConfig(
              expected.get("beta").asDouble(), expected.get("labelSmoothing").asDouble()));
    }

    PreferenceModel model(boolean recompute) {
      PreferenceModel model = new PreferenceModel(decoder, modules, initial, recompute, config);
      model.theta().set(theta);
      return model;
    }

    List<Sample> samples() {
      List<Sample> samples = new ArrayList<>();
      for (JsonNode pair : expected.get("pairs")) {
        samples.add(Sample.preference(answer(pair.get("chosen")), answer(pair.get("rejected"))));
      }
      return samples;
    }

    private static Sample answer(JsonNode stored) {
      int[] ids = Goldens.ints(stored.get("ids"));
      return new Sample(ids, new int[ids.length], Goldens.ints(stored.get("labels")));
    }
  }

  private static PairBatch batch(List<Sample> samples) {
    return PairBatch.of(Batcher.batch(samples, IntStream.range(0, samples.size()).toArray()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossAndGradientsAreThoseOfPyTorch(
      String name, String kind, DataType type, double tolerance) {
    Case golden = Case.of(name, kind, type);
    List<Sample> samples = golden.samples();
    int pairs = samples.size();
    for (boolean recompute : new boolean[] {false, true}) {
      PreferenceModel model = golden.model(recompute);
      try (Pass pass = new Pass(type)) {
        pass.startTraining(0);
        model.refresh(pass, 0, true);
        double loss = model.loss(pass, batch(samples), new int[pairs], 1.0 / pairs) / pairs;
        assertThat(loss)
            .isCloseTo(golden.expected().get("loss").asDouble(), Offset.offset(tolerance));
      }
      float[] expected = golden.gradients().vector(golden.modules().layout(), "grad/", "");
      double[] actual = model.gradient().toDoubles();
      for (ParameterLayout.Entry e : golden.modules().layout().entries()) {
        int end = e.offset() + e.length();
        assertThat(
                Matrices.distance(
                    Arrays.copyOfRange(actual, e.offset(), end),
                    wide(Arrays.copyOfRange(expected, e.offset(), end))))
            .as(e.name())
            .isLessThan(10 * tolerance);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void evaluationCountsPairs(String name, String kind, DataType type, double tolerance) {
    Case golden = Case.of(name, kind, type);
    JsonNode expected = golden.expected();
    double mean =
        IntStream.range(0, expected.get("margins").size())
            .mapToDouble(p -> expected.get("margins").get(p).asDouble())
            .average()
            .orElseThrow();
    for (int maxTokens : new int[] {1, 60, 1000}) {
      try (Pass pass = new Pass(type)) {
        Evaluation evaluation =
            Evaluation.of(golden.model(false), pass, golden.theta(), golden.samples(), maxTokens);
        assertThat(evaluation.examples()).isEqualTo(3);
        assertThat(evaluation.accuracy())
            .isEqualTo(expected.get("accuracy").asDouble(), Offset.offset(1e-6));
        assertThat(evaluation.margin()).isCloseTo(mean, Offset.offset(10 * tolerance));
        assertThat(evaluation.loss())
            .isCloseTo(expected.get("evaluationLoss").asDouble(), Offset.offset(10 * tolerance));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tenStepsOfAdamW(String name, String kind, DataType type, double tolerance) {
    Case golden = Case.of(name, kind, type);
    List<Sample> samples = golden.samples();
    OptimizerConfig optimizer = new OptimizerConfig(1e-3, 1.0, 1e-3, 0.01, 0.9, 0.999, 1e-8, 0.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(STEPS)
            .withBatchSize(samples.size())
            .withMaxTokens(60) // a step in several passes
            .withOptimizer(optimizer)
            .withSchedule(new ScheduleConfig("constant", 0.0));
    Shard shard = new Shard(1, 0, 1, STEPS, samples);
    try (Pass pass = new Pass(type)) {
      LocalTrainer trainer = new LocalTrainer(golden.model(false), pass, config);
      TaskState state = TaskState.initial(golden.theta());
      for (int step = 0; step < STEPS; step++) {
        LocalTrainer.Result result = trainer.train(state, shard, 1);
        assertThat(result.labels()).isEqualTo(3.0);
        assertThat(result.lossSum() / samples.size())
            .as("loss of step " + step)
            .isCloseTo(golden.expected().get("losses").get(step).asDouble(), Offset.offset(1e-4));
        state = result.state();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"llama, full, 0, false", "llama, random, 0.2, true", "qwen2, heuristic, 0, false"})
  void gradientsAreCentralDifferences(
      String name, String pairing, double dropout, boolean recompute) {
    Random random = new Random(11);
    LlamaDecoder decoder = DecoderGoldenTest.decoder(name, DataType.DOUBLE);
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withPairing(pairing)
            .withInit("split-pissa")
            .withDropout(dropout);
    AdaptedModules modules = new AdaptedModules(decoder.linears(), config);
    float[] initial = modules.initial(3);
    float[] theta = initial.clone();
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.05 * random.nextGaussian());
    }
    PreferenceModel model =
        new PreferenceModel(decoder, modules, initial, recompute, new PreferenceConfig(0.3, 0.1));
    model.theta().set(theta);
    TokenBatch tokens = Matrices.batch(300, random, 5, 4, 3, 6);
    int[] targets = new int[tokens.tokens()];
    Arrays.fill(targets, Sample.IGNORED);
    for (int t : new int[] {3, 4, 8, 10, 11, 15, 16, 17}) {
      targets[t] = random.nextInt(300);
    }
    new GradientCheck(model, new PairBatch(tokens, targets), new int[2], 0.4, random).run(4, 6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void samplesAreThoseOfTheGolden(String name) {
    BaseModel base = BaseModel.load(Goldens.path("decoder/" + name + "/model"));
    Case golden = Case.of(name, "preference", DataType.FLOAT);
    PreferenceOptimization objective =
        new PreferenceOptimization(
            PromptConfig.defaults().withTemplate("plain").withTrainOnPrompt(true), golden.config());
    List<Sample> expected = golden.samples();
    for (int p = 0; p < expected.size(); p++) {
      JsonNode pair = golden.expected().get("pairs").get(p);
      String prompt = pair.get("prompt").asText();
      Preference preference =
          new Preference(
              Dialogue.alpaca(prompt, null, pair.get("answers").get(0).asText()),
              Dialogue.alpaca(prompt, null, pair.get("answers").get(1).asText()));
      Encoded encoded = objective.encode(base, 100, preference);
      assertThat(encoded.sample()).usingRecursiveComparison().isEqualTo(expected.get(p));
      assertThat(encoded.truncated()).isFalse();
      assertThat(encoded.sample().supervised()).isEqualTo(1);
      int prompted = ((Sample.Pair) expected.get(p).input()).chosen().length() - 3;
      assertThat(objective.encode(base, prompted, preference).truncated()).isTrue();
      assertThat(objective.encode(base, 2, preference).dropped())
          .isEqualTo("the prompt alone fills training.maxLength");
    }
  }

  @Test
  void marginsFarFromZeroStayFinite() {
    PreferenceConfig config = new PreferenceConfig(0.1, 0.0);
    assertThat(config.loss(1000)).isZero();
    assertThat(config.loss(-1000)).isEqualTo(1000);
    assertThat(config.slope(1000)).isZero();
    assertThat(config.slope(-1000)).isEqualTo(-1);
    assertThat(config.loss(0)).isEqualTo(Math.log(2), Offset.offset(1e-15));
    assertThatThrownBy(() -> new PreferenceConfig(0.0, null))
        .hasMessage("preference.beta must be above 0, got 0.0");
    assertThatThrownBy(() -> new PreferenceConfig(null, 0.5))
        .hasMessage("preference.labelSmoothing must be from 0 to below 0.5, got 0.5");
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }
}
