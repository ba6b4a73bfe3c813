package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.lowrank.LowRankMethod;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Methods that the thread's context class loader offers, as a user's jar does. */
class MethodProviderTest {
  @TempDir private Path folder;

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  private URLClassLoader jar;

  /** Another method of the name of LoRA's. */
  public static final class SecondLora implements MethodProvider {
    @Override
    public List<AdapterMethod> methods() {
      return List.of(new LowRankMethod("lora", AdapterMethod.Preset.one("kaiming"), false));
    }
  }

  private void offer(String provider) throws IOException {
    Path services = Files.createDirectories(folder.resolve("jar/META-INF/services"));
    Files.writeString(services.resolve(MethodProvider.class.getName()), provider + "\n");
    jar = new URLClassLoader(new URL[] {folder.resolve("jar").toUri().toURL()}, before);
    Thread.currentThread().setContextClassLoader(jar);
  }

  private void offerMapping() throws IOException {
    Files.writeString(
        folder.resolve("jar/META-INF/services").resolve(PeftMapping.class.getName()),
        ShiftMapping.class.getName() + "\n");
  }

  @AfterEach
  void takeBack() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    if (jar != null) {
      jar.close();
    }
  }

  private static AdapterConfig shift(Map<String, Object> options) {
    return AdapterConfig.of("shift").withOptions(options);
  }

  @Test
  void areListedAfterTheOwnOnesAndNowhereElse() throws IOException {
    List<String> own = AdapterMethods.all().stream().map(AdapterMethod::name).toList();
    assertThat(own).startsWith("cola", "lora", "rslora", "lora+", "pissa", "dora").hasSize(21);
    offer(ShiftMethod.class.getName());
    assertThat(AdapterMethods.all().stream().map(AdapterMethod::name))
        .startsWith(own.toArray(String[]::new))
        .endsWith("shift")
        .hasSize(22);
    assertThat(AdapterMethods.named("shift")).isInstanceOf(ShiftMethod.class);
    Thread.currentThread().setContextClassLoader(before);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterMethods.named("shift"))
        .withMessage(
            "unknown method 'shift'; there are cola, lora, rslora, lora+, pissa, dora, ia3, miss,"
                + " hydralora, loramoe, moelora, tt-lora, spp, shira, hira, vera, gralora, bat, c3a, oft,"
                + " lily");
  }

  @Test
  void haveOptionsOfTheirOwn() throws IOException {
    offer(ShiftMethod.class.getName());
    assertThat(shift(Map.of()).options()).isEqualTo(Map.of("scale", 1.0));
    assertThat(shift(Map.of("scale", 2)).options(ShiftMethod.Options.class).scale()).isEqualTo(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> shift(Map.of("rateB", 2)))
        .withMessage("unknown key 'options.rateB' of method shift; expected one of scale");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> shift(Map.of("scale", 0)))
        .withMessage("options.scale must be positive, got 0.0");
  }

  @Test
  void areTrainedStoredExportedAndMerged() throws IOException {
    offer(ShiftMethod.class.getName());
    AdapterConfig config = shift(Map.of("scale", 2));
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    int features = encoder.config().hiddenSize();
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(1);
    TextClassifier model = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    TaskState start =
        TaskState.initial(TextClassifier.initialParameters(initial, Goldens.CLASSES, features, 2));
    OptimizerConfig optimizer =
        OptimizerConfig.defaults().withLearningRate(1e-2).withHeadLearningRate(0.0);
    TrainingConfig training =
        TrainingConfig.defaults()
            .withBatchSize(6)
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withOptimizer(optimizer)
            .withSeed(1L);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      TaskState trained =
          new LocalTrainer(model, pass, training)
              .train(start, new Shard(7, 0, 1, 60, Goldens.samples()), 60)
              .state();
      assertThat(loss(model, pass, trained)).isLessThan(0.7 * loss(model, pass, start));
      AdapterStore.Description description =
          new AdapterStore.Description(1, "t", List.of("a", "b", "c"), "m", "0", 8, config, null);
      TrainedAdapter stored = TrainedAdapter.of(description, modules, trained.theta(), initial);
      AdapterStore.save(folder.resolve("adapter"), stored);
      TrainedAdapter loaded =
          AdapterStore.load(folder.resolve("adapter"), encoder.linears(), features);
      assertThat(loaded.description()).isEqualTo(description);
      assertThat(loaded.theta()).containsExactly(trained.theta());
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> PeftExport.write(folder, loaded, encoder, "m", PeftExport.Options.whole()))
          .withMessageContaining("HF PEFT has no adapter that computes what the one of ");
      offerMapping();
      PeftExport.write(folder, loaded, encoder, "m", PeftExport.Options.whole());
      PeftImport.Target target =
          new PeftImport.Target("t", List.of("a", "b", "c"), "m", "0", 8, null, null);
      TrainedAdapter imported = PeftImport.read(folder, encoder, target);
      assertThat(imported.theta()).containsExactly(trained.theta());
      assertThat(imported.description().adapter().options()).isEqualTo(config.options());

      Adapter adapter = adapter(modules, trained.theta(), initial);
      Matrix x = Matrices.random(DataType.FLOAT, adapter.linear().in(), 5, new Random(1));
      Matrix expected = Matrix.zeros(DataType.FLOAT, adapter.linear().out(), 5);
      Matrix merged = Matrix.zeros(DataType.FLOAT, adapter.linear().out(), 5);
      pass.startEvaluation();
      adapter.refresh(pass, 0, false);
      adapter.forward(pass, x, expected);
      Merging.merge(pass, adapter).forward(pass, x, merged);
      assertThat(Matrices.distance(merged, expected)).isLessThan(1e-5);
    }
  }

  private static Adapter adapter(AdaptedModules modules, float[] theta, float[] initial) {
    Matrix vector = Matrix.of(DataType.FLOAT, theta.length, 1, theta);
    Matrix gradient = Matrix.zeros(DataType.FLOAT, theta.length, 1);
    return modules.bind(vector, gradient, initial).get(modules.linears().get(0));
  }

  private static double loss(TextClassifier model, Pass pass, TaskState state) {
    return Evaluation.of(model, pass, state.theta(), Goldens.samples(), 2048).loss();
  }

  @Test
  void aSecondOneOfANameIsRefused() throws IOException {
    offer(SecondLora.class.getName());
    assertThatIllegalArgumentException()
        .isThrownBy(AdapterMethods::all)
        .withMessageStartingWith("two methods of adapting have the name 'lora': ")
        .withMessageEndingWith("; leave the jar of one of them out");
  }

  @Test
  void aProviderThatIsNotThereIsNamed() throws IOException {
    offer("no.such.Method");
    assertThatIllegalArgumentException()
        .isThrownBy(AdapterMethods::all)
        .withMessageStartingWith("cannot load the methods of adapting: ")
        .withMessageContaining("no.such.Method");
  }
}
