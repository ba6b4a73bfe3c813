package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Methods of HF PEFT on the tiny Llama and Qwen2 (which has biases) against PEFT itself: logits,
 * gradients, ten steps of AdamW (tools/make_peft_goldens.py).
 */
class PeftGoldenTest {
  private static final String FOLDER = "peft";
  private static final int STEPS = 10;
  private static final List<String> LATER =
      List.of("shira", "hira", "vera", "gralora", "bat", "c3a", "oft", "oft-series");

  /** A golden case in one precision. */
  private record Case(
      Goldens goldens, JsonNode expected, AdaptedModules modules, LanguageModel model) {

    static Case load(String name, String golden, DataType type) {
      JsonNode expected = Goldens.json(FOLDER, name + "-" + golden + ".json");
      LlamaDecoder decoder = DecoderGoldenTest.decoder(name, type);
      AdaptedModules modules = new AdaptedModules(decoder.linears(), config(golden, expected));
      Goldens goldens = new Goldens(FOLDER, name + "-" + golden + ".safetensors");
      float[] initial = new float[modules.layout().length()];
      fillFixed(initial, modules.layout(), goldens);
      if (golden.endsWith("pissa")) {
        fill(initial, modules.layout(), goldens, "initial/", "/A", "/B");
      }
      LanguageModel model = new LanguageModel(decoder, modules, initial, false);
      model.theta().set(all(modules.layout(), goldens, ""));
      return new Case(goldens, expected, modules, model);
    }

    private static AdapterConfig config(String golden, JsonNode expected) {
      String method = golden.replaceFirst("-.*", "");
      List<String> feedforward = new ArrayList<>();
      expected.required("feedforward").forEach(end -> feedforward.add(end.asText()));
      return AdapterConfig.of(method)
          .withRank(expected.required("rank").asInt())
          .withAlpha(expected.required("alpha").asDouble())
          .withInit(golden.equals("dora-pissa") ? "pissa" : null)
          .withOptions(options(golden, feedforward));
    }

    private static Map<String, Object> options(String golden, List<String> feedforward) {
      return switch (golden) {
        case "ia3", "ia3-inputs" -> Map.of("feedforward", feedforward);
        case "shira" -> Map.of("storedMask", true);
        case "oft-series" -> Map.of("shared", true, "terms", 5);
        case "vera" -> Map.of("storedProjection", true);
        default -> null;
      };
    }

    private List<Sample> samples() {
      JsonNode sequences = sequences();
      List<Sample> samples = new ArrayList<>();
      for (int s = 0; s < expected.required("batch").size(); s++) {
        int[] ids = Goldens.ints(sequences.required(expected.get("batch").get(s).asInt()));
        int[] labels = Goldens.ints(expected.required("labels").required(s));
        samples.add(new Sample(ids, new int[ids.length], labels));
      }
      return samples;
    }

    private JsonNode sequences() {
      return Goldens.json("decoder/" + modelName(), "expected.json").required("sequences");
    }

    private String modelName() {
      return goldens.source().replaceFirst(".*/", "").replaceFirst("-.*", "");
    }

    private int supervised() {
      return expected.required("supervised").asInt();
    }
  }

  private static float[] all(ParameterLayout layout, Goldens goldens, String prefix) {
    float[] vector = new float[layout.length()];
    fill(vector, layout, goldens, prefix, "");
    if (!prefix.equals("grad/")) {
      fillFixed(vector, layout, goldens);
    }
    return vector;
  }

  /** What is not trained is in the files once. */
  private static void fillFixed(float[] vector, ParameterLayout layout, Goldens goldens) {
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (entry.kind() == ParameterLayout.Kind.FIXED) {
        float[] elements = goldens.get("initial/" + entry.name());
        System.arraycopy(elements, 0, vector, entry.offset(), elements.length);
      }
    }
  }

  /** The files hold each parameter column by column. */
  private static void fill(
      float[] vector, ParameterLayout layout, Goldens goldens, String prefix, String... ends) {
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (entry.kind() != ParameterLayout.Kind.FIXED
          && Arrays.stream(ends).anyMatch(entry.name()::endsWith)) {
        float[] elements = goldens.get(prefix + entry.name());
        assertThat(elements).as(entry.name()).hasSize(entry.length());
        System.arraycopy(elements, 0, vector, entry.offset(), elements.length);
      }
    }
  }

  static Stream<Arguments> cases() {
    return Stream.concat(
        Stream.concat(Stream.of("lora", "rslora", "dora", "ia3", "miss", "pissa"), LATER.stream())
            .map(golden -> Arguments.of("llama", golden)),
        Stream.concat(Stream.of("dora", "dora-pissa", "ia3", "ia3-inputs", "miss"), LATER.stream())
            .map(golden -> Arguments.of("qwen2", golden)));
  }

  static Stream<Arguments> casesOfBothTypes() {
    return Stream.of(DataType.DOUBLE, DataType.FLOAT)
        .flatMap(type -> cases().map(c -> Arguments.of(c.get()[0], c.get()[1], type)));
  }

  @ParameterizedTest
  @MethodSource("casesOfBothTypes")
  void logitsLossAndEveryGradient(String name, String golden, DataType type) {
    Case c = Case.load(name, golden, type);
    LlamaDecoder decoder = DecoderGoldenTest.decoder(name, type);
    try (Pass pass = new Pass(type)) {
      pass.startEvaluation();
      c.model().refresh(pass, 0, false);
      int[] ids = Goldens.ints(c.sequences().required(c.expected().required("shown").asInt()));
      TokenBatch shown = new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length});
      int[] columns = IntStream.range(0, ids.length).toArray();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), ids.length);
      decoder.encode(pass, c.model().adapters(), shown, columns, hidden);
      double[] logits = decoder.head().logits(pass, hidden).toDoubles();
      assertThat(logits).containsExactly(wide(c.goldens().get("logits")), within(5e-5));

      List<Sample> samples = c.samples();
      int[] all = IntStream.range(0, samples.size()).toArray();
      pass.startTraining(0);
      c.model().refresh(pass, 0, true);
      double loss =
          c.model()
              .loss(
                  pass,
                  Batcher.tokens(samples, all),
                  Batcher.labels(samples, all),
                  1.0 / c.supervised());
      assertThat(loss / c.supervised())
          .isCloseTo(c.expected().required("loss").asDouble(), within(1e-5));
      double[] expected = wide(all(c.modules().layout(), c.goldens(), "grad/"));
      double[] actual = c.model().gradient().toDoubles();
      for (ParameterLayout.Entry e : c.modules().layout().entries()) {
        int end = e.offset() + e.length();
        assertThat(
                Matrices.distance(
                    Arrays.copyOfRange(actual, e.offset(), end),
                    Arrays.copyOfRange(expected, e.offset(), end)))
            .as(e.name())
            .isLessThan(1e-4);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tenStepsOfAdamW(String name, String golden) {
    Case c = Case.load(name, golden, DataType.FLOAT);
    OptimizerConfig optimizer = new OptimizerConfig(1e-3, 1.0, 1e-3, 0.01, 0.9, 0.999, 1e-8, 0.0);
    ScheduleConfig constant = new ScheduleConfig("constant", 0.0);
    List<Sample> samples = c.samples();
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(STEPS)
            .withBatchSize(samples.size())
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withMaxLength(64)
            .withOptimizer(optimizer)
            .withSchedule(constant)
            .withSeed(1L);
    Shard shard = new Shard(1, 0, 1, STEPS, samples);
    TaskState state = TaskState.initial(all(c.modules().layout(), c.goldens(), ""));
    try (Pass pass = new Pass(DataType.FLOAT)) {
      LocalTrainer trainer = new LocalTrainer(c.model(), pass, config);
      for (int step = 0; step < STEPS; step++) {
        LocalTrainer.Result result = trainer.train(state, shard, 1);
        assertThat(result.lossSum() / c.supervised())
            .as("loss of step " + step)
            .isCloseTo(c.expected().required("losses").get(step).asDouble(), within(3e-5));
        state = result.state();
      }
    }
    Matrix theta = c.model().theta();
    double squares = c.expected().required("sumOfSquares").asDouble();
    double trained = 0;
    for (ParameterLayout.Entry entry : c.modules().layout().entries()) {
      Matrix own = entry.of(theta);
      trained += entry.kind() == ParameterLayout.Kind.FIXED ? 0 : Matrices.dot(own, own);
    }
    assertThat(trained).isCloseTo(squares, within(1e-5 * squares));
  }

  @Test
  void doraStartsFromTheLengthsThatPeftTakes() {
    for (String name : List.of("llama", "qwen2")) {
      Case c = Case.load(name, "dora", DataType.FLOAT);
      ParameterLayout layout = c.modules().layout();
      float[] expected = new float[layout.length()];
      fill(expected, layout, c.goldens(), "initial/", "/m");
      float[] actual = c.modules().initial(7);
      for (ParameterLayout.Entry entry : layout.entries()) {
        if (entry.name().endsWith("/m")) {
          int end = entry.offset() + entry.length();
          assertThat(Arrays.copyOfRange(actual, entry.offset(), end))
              .as(entry.name())
              .containsExactly(
                  Arrays.copyOfRange(expected, entry.offset(), end), Offset.offset(1e-5f));
        }
      }
    }
  }

  /** {@code output.dense} ends {@code attention.output.dense} too; an expression can tell them. */
  @Test
  void theInputsThatIa3ScalesAreThoseOfPeft() {
    Map<String, String> rules =
        Map.of("end", "output.dense", "regex", "regex:encoder\\.layer\\.\\d+\\.output\\.dense");
    JsonNode expected = Goldens.json(FOLDER, "feedforward.json");
    rules.forEach(
        (rule, feedforward) -> {
          JsonNode byModule = expected.required(rule);
          assertThat(byModule.size()).isEqualTo(12);
          byModule
              .fields()
              .forEachRemaining(
                  module -> {
                    Matrix weight = Matrix.zeros(DataType.FLOAT, 2, 3);
                    FrozenLinear linear = new FrozenLinear(module.getKey(), weight, null);
                    Map<String, Object> options = Map.of("feedforward", List.of(feedforward));
                    AdapterConfig config = AdapterConfig.of("ia3").withOptions(options);
                    assertThat(new AdaptedModules(List.of(linear), config).layout().length())
                        .as(module.getKey())
                        .isEqualTo(module.getValue().asBoolean() ? 3 : 2);
                  });
        });
  }

  private static Offset<Double> within(double tolerance) {
    return Offset.offset(tolerance);
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }
}
