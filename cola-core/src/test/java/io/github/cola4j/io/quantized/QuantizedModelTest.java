package io.github.cola4j.io.quantized;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Quantised models: folders of bitsandbytes and our own, and training on them. */
class QuantizedModelTest {
  private static final int[] IDS = {1, 5, 9, 30, 40, 7};
  private static final int STEPS = 30;

  @TempDir Path folder;

  static Stream<Arguments> models() {
    return Stream.of("bert", "decoder/llama", "decoder/mistral")
        .flatMap(model -> Stream.of(Quantization.values()).map(type -> Arguments.of(model, type)));
  }

  private static BaseModel quantized(String model, Quantization type) {
    return BaseModel.load(
        Goldens.path(model + "/model"), new WeightOptions(Precision.FLOAT32, type));
  }

  private static float[] rows(FrozenLinear linear) {
    return linear.weight().rows(0, linear.out());
  }

  private static void requireSameWeights(Transformer actual, Transformer expected) {
    for (int i = 0; i < expected.linears().size(); i++) {
      FrozenLinear linear = expected.linears().get(i);
      assertThat(rows(actual.linears().get(i))).as(linear.name()).containsExactly(rows(linear));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aFolderHasTheMatricesThatLoadingMakes(String model, Quantization type) throws IOException {
    QuantizedModel.Summary summary =
        QuantizedModel.write(folder, Goldens.path(model + "/model"), type);
    BaseModel stored = BaseModel.load(folder.toString());
    BaseModel loaded = quantized(model, type);
    assertThat(stored.quantization()).isEqualTo(type).isEqualTo(loaded.quantization());
    assertThat(summary.matrices()).isEqualTo(loaded.linears().size());
    requireSameWeights(stored.transformer(), loaded.transformer());
    for (FrozenLinear linear : stored.linears()) {
      assertThat(linear.weight().place()).isEqualTo(type + " in a mapped file");
    }
    assertThat(loaded.linears().get(0).weight().place()).isEqualTo(type + " in host memory");
    BaseModel again = // what is quantised already need not be
        BaseModel.load(folder.toString(), new WeightOptions(Precision.FLOAT32, type));
    requireSameWeights(again.transformer(), loaded.transformer());
    try (HuggingFaceModel original = HuggingFaceModel.open(Goldens.path(model + "/model"));
        HuggingFaceModel made = HuggingFaceModel.open(folder.toString())) {
      Set<String> names = original.weights().names();
      assertThat(made.weights().names()).isEqualTo(names);
      Set<String> linears = Set.copyOf(loaded.linears().stream().map(FrozenLinear::name).toList());
      for (String name : names) {
        if (!linears.contains(name.replace(".weight", ""))) {
          long[] shape = original.weights().shape(name);
          assertThat(made.weights().read(name, shape))
              .containsExactly(original.weights().read(name, shape));
          assertThat(made.weights().type(name)).isEqualTo(original.weights().type(name));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"bert, bert-nf4, NF4", "decoder/mistral, mistral-int8, INT8"})
  void bitsandbytesFoldersAreReadAndOursAreLikeThem(
      String model, String golden, Quantization type) {
    BaseModel theirs = BaseModel.load(Goldens.path("quantized/" + golden));
    assertThat(theirs.quantization()).isEqualTo(type);
    List<FrozenLinear> ours = quantized(model, type).linears();
    // PyTorch adds NF4's scales up in another order: their mean may differ in its last bit, by
    // which
    // a few of them get another of the 256 values
    for (int i = 0; i < ours.size(); i++) {
      assertThat(theirs.linears().get(i).name()).isEqualTo(ours.get(i).name());
      assertThat(distance(rows(theirs.linears().get(i)), rows(ours.get(i))))
          .isLessThanOrEqualTo(type == Quantization.NF4 ? 1e-3 : 0);
    }
    QuantizedModel.write(folder, Goldens.path(model + "/model"), type);
    Path file = Path.of(Goldens.path("quantized/" + golden), "model.safetensors");
    assertThat(tensors(folder.resolve("model.safetensors"))).isEqualTo(tensors(file));
  }

  /** Every tensor's type and shape, but for the length of a JSON and what is no quantised layer. */
  private static Map<String, String> tensors(Path file) {
    Map<String, String> tensors = new TreeMap<>();
    try (Safetensors open = Safetensors.open(file)) {
      Stream.concat(open.names().stream(), open.unreadable().keySet().stream())
          .filter(name -> name.contains(".weight.") || open.unreadable().containsKey(name))
          .forEach(
              name -> {
                var raw = open.raw(name);
                String shape = name.contains("quant_state") ? "" : Arrays.toString(raw.shape());
                tensors.put(name, raw.dtype() + shape);
              });
    }
    return tensors;
  }

  @Test
  void outputsAreThoseOfTransformersWithTheDequantisedWeights() {
    Goldens expected = new Goldens("quantized", "logits.safetensors");
    TokenBatch batch = new TokenBatch(IDS, new int[IDS.length], new int[] {0, IDS.length});
    try (Pass pass = new Pass(DataType.FLOAT)) {
      pass.startEvaluation();
      Decoder decoder = BaseModel.load(Goldens.path("quantized/mistral-int8")).decoder();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), IDS.length);
      decoder.encode(pass, Adapters.NONE, batch, new int[] {0, 1, 2, 3, 4, 5}, hidden);
      float[] logits = decoder.head().logits(pass, hidden).toArray();
      assertThat(distance(logits, expected.get("mistral-int8"))).isLessThan(2e-5);
      Encoder encoder = BaseModel.load(Goldens.path("quantized/bert-nf4")).encoder();
      float[] pooled = encoder.encode(pass, Adapters.NONE, batch).toArray();
      float[] states = expected.get("bert-nf4"); // [tokens, d]
      float[] mean = new float[pooled.length];
      for (int i = 0; i < states.length; i++) {
        mean[i % mean.length] += states[i] / IDS.length;
      }
      assertThat(distance(pooled, mean)).isLessThan(2e-5);
    }
  }

  private static double distance(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
    }
    return largest;
  }

  /** Some weights, all dequantised. */
  private record Dequantised(Weights weights) implements Weights {
    @Override
    public String source() {
      return weights.source();
    }

    @Override
    public Set<String> names() {
      return weights.names();
    }

    @Override
    public long[] shape(String name) {
      return weights.shape(name);
    }

    @Override
    public float[] read(String name, long... shape) {
      return weights.read(name, shape);
    }

    @Override
    public void close() {
      weights.close();
    }
  }

  private static Transformer dequantised(Path folder) {
    try (HuggingFaceModel files = HuggingFaceModel.open(folder.toString())) {
      WeightLoader loader = new WeightLoader(new Dequantised(files.weights()), DataType.FLOAT);
      return files.architecture().load(files.config(), loader);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void trainingIsThatOnTheDequantisedWeights(String model, Quantization type) {
    QuantizedModel.write(folder, Goldens.path(model + "/model"), type);
    Transformer transformer = BaseModel.load(folder.toString()).transformer();
    for (String method : List.of("cola", "pissa")) {
      double[] losses = losses(transformer, method);
      double[] expected = losses(dequantised(folder), method);
      assertThat(losses[STEPS - 1]).as(method).isLessThan(0.8 * losses[0]);
      assertThat(losses[0]).as(method).isCloseTo(expected[0], within(1e-4));
      assertThat(losses[STEPS - 1]).as(method).isCloseTo(expected[STEPS - 1], within(2e-2));
    }
  }

  /** The losses before the first and after the last of some steps. */
  private static double[] losses(Transformer transformer, String method) {
    AdaptedModules modules =
        new AdaptedModules(transformer.linears(), AdapterConfig.of(method).withRank(4));
    float[] initial = modules.initial(1);
    boolean decodes = transformer instanceof Decoder;
    List<Sample> samples = decodes ? sequences() : Goldens.samples();
    TaskModel model =
        decodes
            ? new LanguageModel((Decoder) transformer, modules, initial, false)
            : new TextClassifier((Encoder) transformer, modules, initial, Goldens.CLASSES);
    float[] start =
        decodes
            ? initial
            : TextClassifier.initialParameters(
                initial, Goldens.CLASSES, transformer.config().hiddenSize(), 2);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(6)
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withOptimizer(OptimizerConfig.defaults().withLearningRate(5e-3))
            .withSeed(1L);
    double[] losses = new double[STEPS];
    try (Pass pass = new Pass(DataType.FLOAT)) {
      TaskState state = TaskState.initial(start);
      losses[0] = Evaluation.of(model, pass, state.theta(), samples, 2048).loss();
      state =
          new LocalTrainer(model, pass, config)
              .train(state, new Shard(7, 0, 1, STEPS, samples), STEPS)
              .state();
      losses[STEPS - 1] = Evaluation.of(model, pass, state.theta(), samples, 2048).loss();
    }
    return losses;
  }

  private static List<Sample> sequences() {
    List<Sample> samples = new ArrayList<>();
    for (int s = 0; s < 6; s++) {
      int[] ids = new int[12 + s];
      int[] labels = new int[ids.length];
      for (int t = 0; t < ids.length; t++) {
        ids[t] = (7 * s + 13 * t) % 200 + 3;
        labels[t] = (7 * s + 13 * (t + 1)) % 200 + 3;
      }
      samples.add(new Sample(ids, new int[ids.length], labels));
    }
    return samples;
  }

  @Test
  void whatIsQuantisedIsNotQuantisedAgain() {
    QuantizedModel.write(folder, Goldens.path("bert/model"), Quantization.INT8);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                BaseModel.load(
                    folder.toString(), new WeightOptions(Precision.FLOAT32, Quantization.NF4)))
        .withMessageContaining("is quantised to int8 already")
        .withMessageContaining("quantize: nf4");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> QuantizedModel.write(folder.resolve("x"), folder.toString(), Quantization.INT8))
        .withMessageContaining("is quantised to int8 already");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'quant_method': 'gptq', 'bits': 4} | quantization_config must be absent; take | gptq",
        "{'quant_method': 'awq'} | quantization_config must be absent; take | awq",
        "{'quant_method': 'fp8'} | quantization_config must be absent; take | fp8",
        "{'quant_method': 'bitsandbytes', 'load_in_4bit': true, 'bnb_4bit_quant_type': 'fp4'}"
            + " | quantization_config must be absent; take | fp4",
        "{'quant_method': 'bitsandbytes', 'load_in_8bit': true}"
            + " | config.json says that weights are quantised to int8 | they are quantised to nf4",
        "null | config.json says that weights are not quantised | they are quantised to nf4"
      })
  void anotherConfigurationIsRefused(String config, String message, String got) throws IOException {
    QuantizedModel.write(folder, Goldens.path("bert/model"), Quantization.NF4);
    Path file = folder.resolve("config.json");
    ObjectNode json = (ObjectNode) Safetensors.JSON.readTree(Files.readString(file));
    json.set("quantization_config", Safetensors.JSON.readTree(config.replace('\'', '"')));
    Files.writeString(file, json.toString());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load(folder.toString()))
        .withMessageContaining(message)
        .withMessageContaining(got);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"quant_type\": \"nf4\" | \"quant_type\": \"xf4\" | expected quant_type to be nf4",
        "\"blocksize\": 64, | \"blocksize\": 16, | expected blocksize to be 32 to 4096",
        "\"blocksize\": 64, | \"blocksize\": 32, | bytes for",
        "\"shape\": [32, 32] | \"shape\": [32, 64] | expected shape [32, 32]",
        "\"shape\": [32, 32] | \"shape\": [-2, 32] | expected shape to be two positive integers",
        "\"nested_offset\" | \"tested_offset\" | expected nested_offset to be a finite number",
        "bitsandbytes__nf4 | bitsandbytes__fp4 | expected it to be quantised to nf4 or int8, it is"
            + " fp4",
        ".quant_map | .quant_mop | has no tensor",
      })
  void damagedTensorsAreRefused(String from, String to, String message) throws IOException {
    QuantizedModel.write(folder, Goldens.path("bert/model"), Quantization.NF4);
    Path file = folder.resolve("model.safetensors");
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(bytes).contains(from);
    Files.writeString(file, bytes.replace(from, to), StandardCharsets.ISO_8859_1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load(folder.toString()))
        .withMessageContaining(message);
  }
}
