package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
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
 * Tiny decoders of each family against transformers: logits, adapter gradients, ten steps of AdamW,
 * greedy text (tools/make_decoder_goldens.py). Float64 results differ by what transformers itself
 * computes in float32.
 */
public class DecoderGoldenTest {
  private static final int STEPS = 10;

  /** The golden folders: one at least for each model type. */
  private static final List<String> NAMES =
      List.of(
          "llama",
          "qwen2",
          "mistral",
          "qwen3",
          "phi3",
          "phi3-longrope",
          "smollm3",
          "granite",
          "olmo2",
          "gemma2",
          "gemma3_text",
          "stablelm",
          "starcoder2");

  /** Those with goldens of full pairing too. */
  private static final List<String> FIRST = List.of("llama", "qwen2", "mistral");

  static Stream<Arguments> models() {
    return NAMES.stream()
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(name, DataType.DOUBLE, 5e-6),
                    Arguments.of(name, DataType.FLOAT, 2e-5)));
  }

  static Stream<Arguments> cases() {
    return models()
        .flatMap(
            model ->
                Stream.of("full", "heuristic")
                    .filter(c -> FIRST.contains(model.get()[0]) || c.equals("heuristic"))
                    .map(c -> Arguments.of(model.get()[0], c, model.get()[1], model.get()[2])));
  }

  public static LlamaDecoder decoder(String name, DataType type) {
    try (HuggingFaceModel files =
        HuggingFaceModel.open(Goldens.path("decoder/" + name + "/model"))) {
      return new LlamaDecoder((LlamaConfig) files.config(), files.weights(), type);
    }
  }

  private static List<Sample> samples(JsonNode sequences, JsonNode which, JsonNode labels) {
    List<Sample> samples = new ArrayList<>();
    for (int s = 0; s < which.size(); s++) {
      int[] ids = Goldens.ints(sequences.required(which.required(s).asInt()));
      samples.add(new Sample(ids, new int[ids.length], Goldens.ints(labels.required(s))));
    }
    return samples;
  }

  private static TokenBatch batch(JsonNode sequences) {
    List<Sample> samples = new ArrayList<>();
    for (JsonNode sequence : sequences) {
      int[] ids = Goldens.ints(sequence);
      samples.add(new Sample(ids, new int[ids.length], Sample.IGNORED));
    }
    return Batcher.tokens(samples, IntStream.range(0, samples.size()).toArray());
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyLogitOfSequencesSideBySide(String name, DataType type, double tolerance) {
    LlamaDecoder decoder = decoder(name, type);
    Goldens expected = new Goldens("decoder/" + name, "expected.safetensors");
    TokenBatch batch = batch(Goldens.json("decoder/" + name, "expected.json").get("sequences"));
    int[] all = IntStream.range(0, batch.tokens()).toArray();
    try (Pass pass = new Pass(type)) {
      pass.startEvaluation();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), batch.tokens());
      decoder.encode(pass, Adapters.NONE, batch, all, hidden);
      Matrix logits = decoder.head().logits(pass, hidden);
      for (int s = 0; s < batch.sequences(); s++) {
        int from = batch.starts()[s];
        int to = batch.starts()[s + 1];
        assertThat(distance(hidden.columns(from, to), expected.get("hidden." + s)))
            .isLessThan(tolerance);
        assertThat(distance(logits.columns(from, to), expected.get("logits." + s)))
            .isLessThan(tolerance);
      }
      int[] some = {0, 3, 5, batch.tokens() - 1};
      Matrix few = pass.matrix(decoder.config().hiddenSize(), some.length);
      decoder.encode(pass, Adapters.NONE, batch, some, few);
      for (int c = 0; c < some.length; c++) {
        assertThat(Matrices.distance(few.columns(c, c + 1), hidden.columns(some[c], some[c] + 1)))
            .isLessThan(tolerance);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossGradientsAndTenStepsOfAdamW(
      String name, String pairing, DataType type, double tolerance) {
    String folder = "decoder/" + name;
    JsonNode expected = Goldens.json(folder, "cola-" + pairing + ".json");
    Goldens goldens = new Goldens(folder, "cola-" + pairing + ".safetensors");
    JsonNode sequences = Goldens.json(folder, "expected.json").get("sequences");
    LlamaDecoder decoder = decoder(name, type);
    AdaptedModules modules = new AdaptedModules(decoder.linears(), config(expected, pairing));
    float[] initial = goldens.vector(modules.layout(), "", "0");
    float[] theta = goldens.vector(modules.layout(), "", "");
    List<Sample> samples = samples(sequences, expected.get("batch"), expected.get("labels"));
    int supervised = samples.stream().mapToInt(Sample::supervised).sum();
    assertThat(supervised).isEqualTo(expected.get("supervised").asInt());
    int[] all = IntStream.range(0, samples.size()).toArray();
    TokenBatch batch = Batcher.tokens(samples, all);
    int[] labels = Batcher.labels(samples, all);
    for (boolean recompute : new boolean[] {false, true}) {
      LanguageModel model = new LanguageModel(decoder, modules, initial, recompute);
      model.theta().set(theta);
      try (Pass pass = new Pass(type)) {
        pass.startTraining(0);
        model.refresh(pass, 0, true);
        double loss = model.loss(pass, batch, labels, 1.0 / supervised) / supervised;
        assertThat(loss).isCloseTo(expected.get("loss").asDouble(), Offset.offset(tolerance));
        float[] gradient = goldens.vector(modules.layout(), "grad/", "");
        double[] actual = model.gradient().toDoubles();
        for (ParameterLayout.Entry e : modules.layout().entries()) {
          int end = e.offset() + e.length();
          assertThat(
                  Matrices.distance(
                      Arrays.copyOfRange(actual, e.offset(), end),
                      wide(Arrays.copyOfRange(gradient, e.offset(), end))))
              .as(e.name())
              .isLessThan(10 * tolerance);
        }
      }
    }
    tenSteps(decoder, modules, initial, theta, samples, expected, goldens, tolerance);
  }

  private static void tenSteps(
      LlamaDecoder decoder,
      AdaptedModules modules,
      float[] initial,
      float[] theta,
      List<Sample> samples,
      JsonNode expected,
      Goldens goldens,
      double tolerance) {
    OptimizerConfig optimizer = new OptimizerConfig(1e-3, 1.0, 1e-3, 0.01, 0.9, 0.999, 1e-8, 0.0);
    ScheduleConfig constant = new ScheduleConfig("constant", 0.0);
    int size = samples.size();
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(STEPS)
            .withBatchSize(size)
            .withAccumulation(1)
            .withMaxTokens(30)
            .withMaxLength(64)
            .withOptimizer(optimizer)
            .withSchedule(constant)
            .withSeed(1L);
    Shard shard = new Shard(1, 0, 1, STEPS, samples);
    try (Pass pass = new Pass(decoder.type())) {
      LanguageModel model = new LanguageModel(decoder, modules, initial, false);
      LocalTrainer trainer = new LocalTrainer(model, pass, config);
      TaskState state = TaskState.initial(theta);
      for (int step = 0; step < STEPS; step++) {
        LocalTrainer.Result result = trainer.train(state, shard, 1);
        double loss = result.lossSum() / expected.get("supervised").asInt();
        assertThat(loss)
            .as("loss of step " + step)
            .isCloseTo(expected.get("losses").get(step).asDouble(), Offset.offset(1e-4));
        state = result.state();
      }
      float[] end = goldens.vector(modules.layout(), "final/", "");
      assertThat(Matrices.distance(model.theta().toDoubles(), wide(end))).isLessThan(1e-3);
    }
  }

  private static AdapterConfig config(JsonNode expected, String pairing) {
    return AdapterConfig.defaults()
        .withA(expected.get("M").asInt())
        .withB(expected.get("N").asInt())
        .withRank(expected.get("rank").asInt())
        .withAlpha(expected.get("alpha").asDouble())
        .withPairing(pairing)
        .withInit("pissa")
        .withDropout(0.0);
  }

  @ParameterizedTest
  @MethodSource("models")
  void greedyTextWithACache(String name, DataType type, double tolerance) {
    LlamaDecoder decoder = decoder(name, type);
    JsonNode expected = Goldens.json("decoder/" + name, "expected.json").get("generation");
    int[] prompt = Goldens.ints(expected.get("prompt"));
    int[] answer = Goldens.ints(expected.get("ids"));
    int[] other = {prompt[0]};
    Decoder.Continuation sequences =
        decoder.start(new int[] {answer.length + 1, prompt.length + answer.length});
    try (Pass pass = new Pass(type)) {
      int[][] next = {other, prompt};
      List<Integer> generated = new ArrayList<>();
      for (int step = 0; step < answer.length; step++) {
        pass.startEvaluation();
        int[] ids = IntStream.concat(Arrays.stream(next[0]), Arrays.stream(next[1])).toArray();
        int[] starts = {0, next[0].length, ids.length};
        TokenBatch batch = new TokenBatch(ids, new int[ids.length], starts);
        Matrix hidden = sequences.extend(pass, Adapters.NONE, batch, new int[] {0, 1});
        Matrix logits = decoder.head().logits(pass, hidden);
        next = new int[][] {{best(logits, 0)}, {best(logits, 1)}};
        generated.add(next[1][0]);
      }
      assertThat(generated).containsExactlyElementsOf(Arrays.stream(answer).boxed().toList());
    }
  }

  private static int best(Matrix logits, int column) {
    return Answers.argMax(logits.columns(column, column + 1).toArray());
  }

  private static double distance(Matrix actual, float[] expected) {
    return Matrices.distance(actual.toDoubles(), wide(expected));
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }
}
