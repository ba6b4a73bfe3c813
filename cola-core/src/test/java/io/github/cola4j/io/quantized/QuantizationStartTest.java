package io.github.cola4j.io.quantized;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.StoredRemainders;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.QuantizedMatrixTest;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** LoftQ and QPiSSA, against PEFT's decomposition of what bitsandbytes quantises. */
class QuantizationStartTest {
  private static final Goldens GOLDEN = new Goldens("quantized", "starts.safetensors");
  private static final int SIZE = 130;
  private static final int RANK = 8;
  private static final int[] ITERATIONS = {1, 2, 5};

  @TempDir Path folder;

  static Stream<Arguments> starts() {
    return Arrays.stream(QuantizationStart.Kind.values())
        .flatMap(
            kind -> Arrays.stream(Quantization.values()).map(type -> Arguments.of(kind, type)));
  }

  private static SplitMatrix split(QuantizationStart.Kind kind, Quantization type, int iterations) {
    Matrix w = Matrix.unset(DataType.FLOAT, SIZE, SIZE);
    w.setRows(0, QuantizedMatrixTest.matrix(SIZE, SIZE));
    return SplitMatrix.of(w, type, new QuantizationStart(kind, RANK, iterations, null), 1);
  }

  @ParameterizedTest
  @MethodSource("starts")
  void matricesAreThoseOfPeft(QuantizationStart.Kind kind, Quantization type) {
    String name = kind + "." + type;
    SplitMatrix first = split(kind, type, 1);
    float[] decoded = new float[3 * SIZE];
    first.quantized().decode(SIZE - 3, 3, decoded, 0);
    assertThat(distance(decoded, GOLDEN.get(name + ".decoded"))).isLessThan(2e-6);
    float[] left = first.remainder().left();
    float[] right = first.remainder().right();
    float[] product = new float[3 * SIZE];
    for (int i = 0; i < product.length; i++) {
      for (int k = 0; k < RANK; k++) {
        product[i] += left[k * SIZE + SIZE - 3 + i / SIZE] * right[k * SIZE + i % SIZE];
      }
    }
    assertThat(distance(product, GOLDEN.get(name + ".product"))).isLessThan(2e-6);
    float[] errors = GOLDEN.get(name + ".errors");
    for (int i = 0; i < ITERATIONS.length; i++) {
      SplitMatrix split = split(kind, type, ITERATIONS[i]);
      double error = Math.sqrt(split.error() / split.squares());
      assertThat(error).as(ITERATIONS[i] + " iterations").isCloseTo(errors[i], within(2e-5));
    }
  }

  @ParameterizedTest
  @MethodSource("starts")
  void everyIterationOfTheseIsNearerAndAllAreNearerThanQuantisationAlone(
      QuantizationStart.Kind kind, Quantization type) {
    double before = Double.MAX_VALUE;
    for (int iterations = 1; iterations <= 4; iterations++) {
      SplitMatrix split = split(kind, type, iterations);
      assertThat(split.error()).isLessThan(split.plainError()).isLessThan(before);
      before = split.error();
    }
  }

  private BaseModel quantized(QuantizationStart start) {
    QuantizedModel.write(folder, Goldens.path("bert/model"), Quantization.NF4, start);
    return BaseModel.load(folder.toString());
  }

  private static float[] pooled(BaseModel model, AdaptedModules modules, float[] theta) {
    try (Pass pass = new Pass(DataType.FLOAT)) {
      pass.startEvaluation();
      Adapters adapters = Adapters.NONE;
      if (modules != null) {
        Matrix values = Matrix.of(DataType.FLOAT, theta.length, 1, theta);
        Matrix gradient = Matrix.zeros(DataType.FLOAT, theta.length, 1);
        adapters = modules.bind(values, gradient, modules.initial(1));
        adapters.refresh(pass, 0, false);
      }
      return model.encoder().encode(pass, adapters, Goldens.batch()).toArray();
    }
  }

  @ParameterizedTest
  @EnumSource(QuantizationStart.Kind.class)
  void theAdaptedModelStartsNearerToTheFloatModel(QuantizationStart.Kind kind) {
    float[] exact = pooled(BaseModel.load(Goldens.path("bert/model")), null, null);
    WeightOptions nf4 = new WeightOptions(Precision.FLOAT32, Quantization.NF4);
    double plain = rms(pooled(BaseModel.load(Goldens.path("bert/model"), nf4), null, null), exact);
    BaseModel model = quantized(QuantizationStart.of(kind, 6));
    for (String method : List.of("lora", "rslora", "cola")) {
      AdaptedModules modules = new AdaptedModules(model.linears(), config(method, kind));
      double started = rms(pooled(model, modules, modules.initial(1)), exact);
      assertThat(started).as(method).isLessThan(0.8 * plain);
      AdaptedModules once = AdaptedModules.trained(model.linears(), config(method, kind));
      float[] equal = pooled(model, once, once.initial(1));
      assertThat(rms(equal, exact)).as("equal factors once").isCloseTo(started, within(1e-6));
    }
    assertThat(String.join("", model.notices())).contains("with start " + kind + " of rank 6");
  }

  private static AdapterConfig config(String method, QuantizationStart.Kind kind) {
    return AdapterConfig.of(method).withRank(6).withInit(kind.toString());
  }

  @ParameterizedTest
  @EnumSource(QuantizationStart.Kind.class)
  void trainingLearnsFromThereAndItsAdapterIsStoredAndExported(QuantizationStart.Kind kind)
      throws IOException {
    BaseModel model = quantized(QuantizationStart.of(kind, 6));
    AdaptedModules modules = new AdaptedModules(model.linears(), config("lora", kind));
    float[] initial = modules.initial(1);
    Encoder encoder = model.encoder();
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] start = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(6)
            .withOptimizer(OptimizerConfig.defaults().withLearningRate(5e-3))
            .withSeed(1L);
    List<Sample> samples = Goldens.samples();
    float[] theta;
    try (Pass pass = new Pass(DataType.FLOAT)) {
      LocalTrainer trainer = new LocalTrainer(classifier, pass, config);
      TaskState state = TaskState.initial(start);
      double before = Evaluation.of(classifier, pass, start, samples, 2048).loss();
      Shard shard = new Shard(7, 0, 1, 30, samples);
      theta = trainer.train(state, shard, 30).state().theta();
      double after = Evaluation.of(classifier, pass, theta, samples, 2048).loss();
      assertThat(after).isLessThan(0.8 * before);
    }
    AdapterStore.Description description =
        new AdapterStore.Description(
            1,
            "task",
            List.of("a", "b", "c"),
            model.location(),
            model.fingerprint(),
            64,
            modules.config(),
            null);
    TrainedAdapter adapter = TrainedAdapter.of(description, modules, theta, initial);
    Path stored = folder.resolve("stored");
    AdapterStore.save(stored, adapter);
    TrainedAdapter loaded = AdapterStore.load(stored, model);
    assertThat(loaded.theta()).containsExactly(theta);
    assertThat(loaded.initial()).containsExactly(initial);
    Path exported = Files.createDirectories(folder.resolve("peft"));
    PeftExport.write(exported, loaded, model.transformer(), "base", PeftExport.Options.whole());
    PeftImport.Target target =
        new PeftImport.Target(
            "task",
            List.of("a", "b", "c"),
            model.location(),
            model.fingerprint(),
            64,
            null,
            PeftImport.Head.MEAN);
    TrainedAdapter imported = PeftImport.read(exported, model.transformer(), target);
    assertThat(imported.description().adapter().init()).isEqualTo(kind.toString());
    AdaptedModules again = new AdaptedModules(model.linears(), imported.description().adapter());
    assertThat(distance(pooled(model, again, imported.theta()), pooled(model, modules, theta)))
        .isLessThan(2e-5);
  }

  @Test
  void onlyTheTargetsHaveAStart() {
    BaseModel model =
        quantized(
            new QuantizationStart(QuantizationStart.Kind.QPISSA, 4, 1, List.of("query", "value")));
    BaseModel plain =
        BaseModel.load(
            Goldens.path("bert/model"), new WeightOptions(Precision.FLOAT32, Quantization.NF4));
    for (int i = 0; i < model.linears().size(); i++) {
      FrozenLinear linear = model.linears().get(i);
      boolean started = linear.name().endsWith("query") || linear.name().endsWith("value");
      assertThat(linear.remainder() != null).as(linear.name()).isEqualTo(started);
      float[] rows = linear.weight().rows(0, linear.out());
      float[] alone = plain.linears().get(i).weight().rows(0, linear.out());
      assertThat(Arrays.equals(rows, alone)).as(linear.name()).isEqualTo(!started);
    }
    AdapterConfig fits =
        AdapterConfig.of("lora")
            .withRank(4)
            .withInit("qpissa")
            .withTargets(List.of("query", "value"));
    assertThat(new AdaptedModules(model.linears(), fits).initial(1)).isNotEmpty();
    refuses(model, fits.withTargets(null), "has no start stored beside it", "cola quantize");
    refuses(model, fits.withTargets(List.of("query")), "targets that include this layer");
    refuses(model, fits.withInit("kaiming"), "adapter.init: qpissa, rank: 4", "got init kaiming");
    refuses(model, fits.withRank(2), "init qpissa and rank 4", "got rank 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdaptedModules(model.linears(), fits.withMethod("dora")))
        .withMessageContaining("init qpissa is for adapters that are products of A and B");
  }

  private static void refuses(BaseModel model, AdapterConfig config, String... messages) {
    AdaptedModules modules = new AdaptedModules(model.linears(), config);
    var refused = assertThatIllegalArgumentException().isThrownBy(() -> modules.initial(1));
    Stream.of(messages).forEach(refused::withMessageContaining);
  }

  @Test
  void wrongStartsAndFilesAreRefused() throws IOException {
    String bert = Goldens.path("bert/model");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> quantized(QuantizationStart.of(QuantizationStart.Kind.LOFTQ, 33)))
        .withMessageContaining("a start of rank 33 is above min(in, out) = 32");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizationStart.of(QuantizationStart.Kind.LOFTQ, 0))
        .withMessageContaining("at least 1, got 0");
    QuantizedModel.write(folder, bert, Quantization.NF4);
    Files.writeString(folder.resolve(StoredRemainders.FILE), "not tensors");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load(folder.toString()))
        .withMessageContaining(StoredRemainders.FILE);
    refusesFile(Map.of(), "does not say its init");
    refusesFile(Map.of("init", "loftq"), "[rank, out] with a rank from 1 to out", "[3]");
  }

  private void refusesFile(Map<String, String> metadata, String... messages) {
    SafetensorsWriter.write(
        folder.resolve(StoredRemainders.FILE),
        Map.of("layer.left", new SafetensorsWriter.Tensor(new long[] {3}, new float[3])),
        metadata);
    var refused =
        assertThatIllegalArgumentException().isThrownBy(() -> BaseModel.load(folder.toString()));
    Stream.of(messages).forEach(refused::withMessageContaining);
  }

  private static double rms(float[] actual, float[] expected) {
    return Math.sqrt(
        IntStream.range(0, actual.length)
            .mapToDouble(i -> Math.pow(actual[i] - expected[i], 2))
            .average()
            .orElseThrow());
  }

  private static double distance(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> Math.abs(actual[i] - expected[i]))
        .max()
        .orElseThrow();
  }
}
