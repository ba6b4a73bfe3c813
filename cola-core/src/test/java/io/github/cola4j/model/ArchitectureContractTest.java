package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.merged.MergedModel;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.model.toy.ToyFolder;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What every registered architecture promises. A new one needs golden files, or fails here; the toy
 * one is registered by these tests alone.
 */
class ArchitectureContractTest {
  private static final AdapterConfig ADAPTER =
      AdapterConfig.defaults()
          .withA(2)
          .withB(3)
          .withRank(2)
          .withPairing("heuristic")
          .withInit("split-pissa")
          .withDropout(0.0);

  /** Sequences of tokens that every model here has. */
  private static final List<int[]> SEQUENCES =
      List.of(new int[] {2, 17, 40, 9, 3}, new int[] {2, 3}, new int[] {2, 80, 81, 5, 4, 120, 3});

  @TempDir private static Path toyFolder;
  private static ToyFolder toy;
  private static final Map<String, BaseModel> MODELS = new HashMap<>();

  @TempDir private Path folder;

  @BeforeAll
  static void writeToy() throws IOException {
    toy = ToyFolder.write(toyFolder);
  }

  @AfterAll
  static void release() {
    MODELS.clear();
  }

  static Stream<String> modelTypes() {
    return Architectures.all().stream()
        .flatMap(architecture -> architecture.modelTypes().stream())
        .sorted();
  }

  static Stream<Arguments> trained() {
    return modelTypes()
        .flatMap(
            type ->
                Architectures.of(type).purposes().stream()
                    .sorted()
                    .map(purpose -> Arguments.of(type, purpose)));
  }

  private static String location(String modelType) {
    return switch (modelType) {
      case "toy" -> toyFolder.toString();
      case "bert" -> Goldens.path("bert/model");
      default -> Goldens.path(room(modelType) + "/" + modelType + "/model");
    };
  }

  /** The folder of goldens that has a model type. */
  private static String room(String modelType) {
    return EncoderGoldenTest.families().anyMatch(modelType::equals) ? "encoder" : "decoder";
  }

  private static BaseModel model(String modelType) {
    return MODELS.computeIfAbsent(modelType, type -> BaseModel.load(location(type)));
  }

  private static Transformer inDouble(String modelType) {
    try (HuggingFaceModel files = HuggingFaceModel.open(location(modelType))) {
      return files
          .architecture()
          .load(files.config(), new WeightLoader(files.weights(), DataType.DOUBLE));
    }
  }

  private static TaskModel taskModel(Transformer transformer, Purpose purpose, float[] initial) {
    AdaptedModules modules = new AdaptedModules(transformer.linears(), ADAPTER);
    return switch (purpose) {
      case CLASSIFICATION ->
          new TextClassifier(
              Encoder.of(transformer, false), modules, initial, PeftTool.CLASSES.size());
      case DIALOGUE -> new LanguageModel((Decoder) transformer, modules, initial, false);
    };
  }

  private static float[] initial(Transformer transformer) {
    return new AdaptedModules(transformer.linears(), ADAPTER).initial(3);
  }

  private static float[] start(Transformer transformer, Purpose purpose, float[] initial) {
    return purpose == Purpose.CLASSIFICATION
        ? TextClassifier.initialParameters(
            initial, Encoder.of(transformer, false), PeftTool.CLASSES.size(), 5)
        : initial.clone();
  }

  /**
   * The sequences with a class each, or with the next token as the label of each but the last;
   * images of a class each where the model sees images.
   */
  private static List<Sample> samples(String type, Purpose purpose) {
    if (model(type).seesImages()) {
      return images(model(type).images());
    }
    return IntStream.range(0, SEQUENCES.size())
        .mapToObj(
            s -> {
              int[] ids = SEQUENCES.get(s);
              if (purpose == Purpose.CLASSIFICATION) {
                return new Sample(ids, new int[ids.length], s);
              }
              int[] labels = Arrays.copyOfRange(ids, 1, ids.length + 1);
              labels[ids.length - 1] = Sample.IGNORED;
              return new Sample(ids, new int[ids.length], labels);
            })
        .toList();
  }

  private static List<Sample> images(ImageProcessor processor) {
    Random random = new Random(13);
    return IntStream.range(0, SEQUENCES.size())
        .mapToObj(
            s -> {
              byte[] values = new byte[3 * processor.size().height() * processor.size().width()];
              random.nextBytes(values);
              return new Sample(
                  new Sample.Pixels(
                      values, processor.scale(), processor.shift(), processor.tokens()),
                  new int[] {s});
            })
        .toList();
  }

  private static SequenceBatch batch(List<Sample> samples) {
    return Batcher.sequences(samples, IntStream.range(0, samples.size()).toArray());
  }

  @ParameterizedTest
  @MethodSource("modelTypes")
  void itsModelsAreWhatItSays(String type) {
    BaseModel model = model(type);
    Transformer transformer = model.transformer();
    assertThat(transformer.config().modelType()).isEqualTo(type);
    assertThat(model.purposes()).isEqualTo(Architectures.of(type).purposes()).isNotEmpty();
    assertThat(model.purposes()).contains(model.usual());
    assertThat(model.purposes().contains(Purpose.CLASSIFICATION) || transformer instanceof Decoder)
        .isTrue();
    assertThat(model.purposes().contains(Purpose.DIALOGUE))
        .isEqualTo(transformer instanceof Decoder);
    assertThat(transformer.linears())
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .extracting(FrozenLinear::name)
        .doesNotHaveDuplicates();
    long linear =
        transformer.linears().stream().mapToLong(each -> (long) each.in() * each.out()).sum();
    assertThat(transformer.parameters()).isGreaterThan(linear);
  }

  @ParameterizedTest
  @MethodSource("modelTypes")
  void itComputesItsGoldens(String type) {
    switch (type) {
      case "toy" -> toyHiddenStates();
      case "bert" -> new BertGoldenTest().pooledEmbeddings(DataType.FLOAT, 1e-5);
      default -> {
        if (room(type).equals("encoder")) {
          new EncoderGoldenTest().embeddings(type, DataType.FLOAT, 2e-5);
        } else {
          new DecoderGoldenTest().everyLogitOfSequencesSideBySide(type, DataType.FLOAT, 2e-5);
        }
      }
    }
  }

  private static void toyHiddenStates() {
    TokenBatch batch = TokenBatch.of(batch(samples("toy", Purpose.CLASSIFICATION)));
    int[] all = IntStream.range(0, batch.tokens()).toArray();
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Matrix hidden = pass.matrix(model("toy").decoder().config().hiddenSize(), all.length);
      model("toy").decoder().encode(pass, Adapters.NONE, batch, all, hidden);
      Matrix pooled = model("toy").encoder().encode(pass, Adapters.NONE, batch);
      for (int s = 0; s < batch.sequences(); s++) {
        double[] mean = new double[hidden.rows()];
        for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
          double[] expected = toy.hidden(batch.ids()[t]);
          assertThat(hidden.columns(t, t + 1).toDoubles())
              .containsExactly(expected, Offset.offset(1e-5));
          for (int i = 0; i < mean.length; i++) {
            mean[i] += expected[i] / batch.length(s);
          }
        }
        assertThat(pooled.columns(s, s + 1).toDoubles()).containsExactly(mean, Offset.offset(1e-5));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trained")
  void itsGradientsAreThoseOfItsLoss(String type, Purpose purpose) {
    Transformer transformer = inDouble(type);
    float[] initial = initial(transformer);
    TaskModel model = taskModel(transformer, purpose, initial);
    float[] theta = start(transformer, purpose, initial);
    Random random = new Random(11);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.05 * random.nextGaussian());
    }
    model.theta().set(theta);
    List<Sample> samples = samples(type, purpose);
    int[] labels = Batcher.labels(samples, IntStream.range(0, samples.size()).toArray());
    new GradientCheck(model, batch(samples), labels, 0.3, random).run(4, 8);
  }

  @ParameterizedTest
  @MethodSource("trained")
  void anAdapterThatIsNotTrainedChangesNothing(String type, Purpose purpose) {
    Transformer transformer = model(type).transformer();
    float[] initial = initial(transformer);
    List<Sample> samples = samples(type, purpose);
    AdaptedModules modules = new AdaptedModules(transformer.linears(), ADAPTER);
    Matrix theta = Matrix.of(DataType.FLOAT, initial.length, 1, initial);
    Matrix gradient = Matrix.zeros(DataType.FLOAT, initial.length, 1);
    Adapters adapters = modules.bind(theta, gradient, initial);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      adapters.refresh(pass, 0, false);
      double[] frozen = output(pass, transformer, samples, Adapters.NONE);
      assertThat(output(pass, transformer, samples, adapters))
          .containsExactly(frozen, Offset.offset(1e-5));
      assertThat(output(pass, transformer.withLinears(linear -> linear), samples, Adapters.NONE))
          .containsExactly(frozen);
    }
  }

  private static double[] output(
      Pass pass, Transformer transformer, List<Sample> samples, Adapters adapters) {
    pass.startEvaluation();
    if (samples.get(0).labels().length == 1) {
      return Encoder.of(transformer, false).encode(pass, adapters, batch(samples)).toDoubles();
    }
    TokenBatch batch = TokenBatch.of(batch(samples));
    int[] all = IntStream.range(0, batch.tokens()).toArray();
    Matrix hidden = pass.matrix(transformer.config().hiddenSize(), all.length);
    ((Decoder) transformer).encode(pass, adapters, batch, all, hidden);
    return hidden.toDoubles();
  }

  @ParameterizedTest
  @MethodSource("trained")
  void itLearns(String type, Purpose purpose) {
    Transformer transformer = model(type).transformer();
    float[] initial = initial(transformer);
    TaskModel model = taskModel(transformer, purpose, initial);
    TaskState start = TaskState.initial(start(transformer, purpose, initial));
    List<Sample> samples = samples(type, purpose);
    OptimizerConfig optimizer =
        OptimizerConfig.defaults().withLearningRate(1e-2).withHeadLearningRate(1e-2);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(3)
            .withAccumulation(1)
            .withMaxTokens(64)
            .withOptimizer(optimizer)
            .withSeed(1L);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      TaskState trained =
          new LocalTrainer(model, pass, config)
              .train(start, new Shard(7, 0, 1, 20, samples), 20)
              .state();
      double before = Evaluation.of(model, pass, start.theta(), samples, 64).loss();
      double after = Evaluation.of(model, pass, trained.theta(), samples, 64).loss();
      assertThat(after).isLessThan(0.9 * before);
    }
  }

  @ParameterizedTest
  @MethodSource("modelTypes")
  void anAdapterIsStoredAndReadAgainToTheBit(String type) {
    BaseModel model = model(type);
    TrainedAdapter stored = PeftTool.random(model, ADAPTER, 5);
    PeftTool.save(folder, model, stored);
    TrainedAdapter again =
        AdapterStore.load(folder, model.linears(), model.transformer().config().hiddenSize());
    assertThat(again.description()).isEqualTo(stored.description());
    assertThat(again.theta()).isEqualTo(stored.theta());
    assertThat(again.initial()).isEqualTo(stored.initial());
  }

  @ParameterizedTest
  @MethodSource("modelTypes")
  void peftReadsItsNamesAndTheyAreReadAgain(String type) {
    BaseModel model = model(type);
    TrainedAdapter stored = PeftTool.random(model, ADAPTER, 5);
    boolean classifier = !stored.description().isLanguageModel();
    Architecture.Peft peft = Architectures.of(type).peft();
    String prefix = "base_model.model." + (classifier ? peft.classifierPrefix() : "");

    PeftExport.write(folder, stored, model.transformer(), "base", PeftExport.Options.whole());
    try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.names())
          .containsAll(
              model.linears().stream()
                  .map(linear -> prefix + linear.name() + ".lora_A.weight")
                  .toList());
      assertThat(file.names().contains("base_model.model." + peft.head() + ".weight"))
          .isEqualTo(classifier);
    }
    PeftImport.Target target =
        new PeftImport.Target(
            "again",
            classifier ? PeftTool.CLASSES : List.of(),
            model.location(),
            model.fingerprint(),
            64,
            classifier ? null : PromptConfig.defaults(),
            null);
    TrainedAdapter again = PeftImport.read(folder, model.transformer(), target);
    assertSame(logits(model, again), logits(model, stored));
  }

  @ParameterizedTest
  @MethodSource("modelTypes")
  void aMergedModelIsAFolderOfTheSameArchitecture(String type) {
    BaseModel model = model(type);
    TrainedAdapter stored = PeftTool.random(model, ADAPTER, 5);
    MergedModel.write(
        folder, stored, model.location(), model.transformer(), MergedModel.Options.f32(1 << 30));
    BaseModel merged = BaseModel.load(folder.toString());
    AdaptedModules none = new AdaptedModules(model.linears(), ADAPTER);
    float[] zero = stored.theta().clone();
    System.arraycopy(stored.initial(), 0, zero, 0, none.layout().length());
    TrainedAdapter untrained =
        new TrainedAdapter(stored.description(), stored.layout(), zero, stored.initial());
    assertThat(merged.transformer().config().modelType()).isEqualTo(type);
    assertSame(logits(merged, untrained), logits(model, stored));
  }

  private static float[][] logits(BaseModel model, TrainedAdapter stored) {
    return PeftTool.outputs(
        model.transformer(),
        stored,
        samples(
            model.transformer().config().modelType(),
            stored.description().isLanguageModel() ? Purpose.DIALOGUE : Purpose.CLASSIFICATION));
  }

  private static void assertSame(float[][] actual, float[][] expected) {
    for (int s = 0; s < expected.length; s++) {
      assertThat(actual[s]).containsExactly(expected[s], Offset.offset(5e-5f));
    }
  }
}
