package io.github.cola4j.io.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.Goldens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is exported, read again, computes the same. tools/check_peft.py asks PEFT itself. */
public class PeftExportTest {
  public static final List<int[]> SEQUENCES =
      List.of(new int[] {2, 17, 40, 9, 3}, new int[] {2, 3}, new int[] {2, 80, 81, 5, 4, 120, 3});

  /** Methods of blocks, whose rank divides what a layer has. */
  private static final Set<String> BLOCKS = Set.of("gralora", "bat", "c3a", "oft");

  @TempDir Path folder;

  static BaseModel bert() {
    return BaseModel.load(Goldens.path("bert/model"));
  }

  static BaseModel llama() {
    return BaseModel.load(Goldens.path("decoder/llama/model"));
  }

  public static AdapterConfig config(String method, String pairing, String init) {
    int rank = BLOCKS.contains(method) ? 4 : 3;
    return AdapterConfig.of(method).withRank(rank).withPairing(pairing).withInit(init);
  }

  private static AdapterConfig residual(String method, String pairing) {
    return AdapterConfig.of(method).withRank(3).withPairing(pairing).withResidual(4);
  }

  static PeftImport.Target target(BaseModel model) {
    boolean decoder = model.transformer() instanceof Decoder;
    return new PeftImport.Target(
        "again",
        decoder ? List.of() : PeftTool.CLASSES,
        model.location(),
        model.fingerprint(),
        64,
        decoder ? PromptConfig.defaults() : null,
        null);
  }

  static Stream<Arguments> adapters() {
    return Stream.of(
            config("cola", "full", "pissa"),
            config("cola", "heuristic", "split-pissa"),
            config("cola", "random", "pissa"),
            config("cola", "heuristic", "kaiming"),
            residual("cola", "heuristic"),
            residual("cola", "random"),
            residual("rslora", null),
            config("lora", null, null),
            config("rslora", null, null),
            config("pissa", null, null),
            config("dora", null, null),
            config("dora", null, "pissa"),
            config("ia3", null, null),
            config("miss", null, null),
            config("hira", null, null),
            config("hira", null, null)
                .withOverrides(List.of(new AdapterConfig.Override("query|q_proj", 2, 8.0))),
            config("vera", null, null),
            config("vera", null, null).withOptions(Map.of("storedProjection", true)),
            config("vera", null, null)
                .withOverrides(List.of(new AdapterConfig.Override("query|q_proj", 2, null))),
            config("gralora", null, null),
            config("gralora", null, null)
                .withOverrides(List.of(new AdapterConfig.Override("query|q_proj", 2, 8.0))),
            config("bat", null, null),
            config("oft", null, null),
            config("oft", null, null).withOptions(Map.of("shared", true, "terms", 5)),
            config("c3a", null, null),
            config("c3a", null, null)
                .withOverrides(List.of(new AdapterConfig.Override("query|q_proj", 8, null))),
            config("shira", null, null),
            config("shira", null, null).withOptions(Map.of("seed", 3, "storedMask", true)))
        .flatMap(c -> Stream.of(Arguments.of(bert(), c), Arguments.of(llama(), c)));
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void readAgainItComputesTheSame(BaseModel model, AdapterConfig config) {
    TrainedAdapter stored = PeftTool.random(model, config, 5);
    PeftExport.Summary summary =
        PeftExport.write(folder, stored, model.transformer(), "base", PeftExport.Options.whole());
    assertThat(summary.expectation()).isEqualTo(config.pairing().equals("random"));
    assertThat(summary.keptVariance()).isEqualTo(1);
    TrainedAdapter again = PeftImport.read(folder, model.transformer(), target(model));
    assertClose(
        PeftTool.logits(model.transformer(), again, SEQUENCES),
        PeftTool.logits(model.transformer(), stored, SEQUENCES),
        2e-5);
  }

  public static void assertClose(float[][] actual, float[][] expected, double tolerance) {
    for (int s = 0; s < expected.length; s++) {
      assertThat(actual[s]).containsExactly(expected[s], Offset.offset((float) tolerance));
    }
  }

  /** CoLA of rank 2 on two kinds of modules, of rank 3 on the first. */
  private static AdapterConfig wider(String first, String second) {
    return AdapterConfig.defaults()
        .withRank(2)
        .withAlpha(4.0)
        .withPairing("full")
        .withTargets(List.of(first, second))
        .withOverrides(List.of(new AdapterConfig.Override(first, 3, null)));
  }

  @Test
  void namesAndRanksAreThoseOfPeft() throws IOException {
    BaseModel model = bert();
    AdapterConfig config = wider("query", "output.dense");
    PeftExport.write(
        folder,
        PeftTool.random(model, config, 5),
        model.transformer(),
        "base",
        PeftExport.Options.whole().withForm(PeftExport.Form.RANK_BY_MODULE));
    try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.metadata()).containsEntry("format", "pt");
      String query = "base_model.model.bert.encoder.layer.1.attention.self.query.";
      assertThat(file.shape(query + "lora_A.weight")).containsExactly(6, 32);
      assertThat(file.shape(query + "lora_B.weight")).containsExactly(32, 6);
      assertThat(file.shape("base_model.model.bert.encoder.layer.0.output.dense.lora_A.weight"))
          .containsExactly(4, 64);
      assertThat(file.shape("base_model.model.classifier.weight")).containsExactly(3, 32);
      assertThat(file.shape("base_model.model.classifier.bias")).containsExactly(3);
      assertThat(file.names()).hasSize(2 * 6 + 2);
    }
    JsonNode json = new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
    assertThat(json.get("peft_type").asText()).isEqualTo("LORA");
    assertThat(json.get("task_type").asText()).isEqualTo("SEQ_CLS");
    assertThat(json.get("modules_to_save")).hasSize(1);
    assertThat(json.get("r")).isEqualTo(json.get("lora_alpha"));
    assertThat(json.get("r").asInt()).isEqualTo(4);
    assertThat(json.get("rank_pattern").get("encoder.layer.0.attention.self.query").asInt())
        .isEqualTo(6);
    assertThat(json.get("alpha_pattern")).isEqualTo(json.get("rank_pattern"));
    JsonNode own = new ObjectMapper().readTree(folder.resolve("cola4j.json").toFile());
    assertThat(own.at("/adapter/adapter/pairing").asText()).isEqualTo("full");
    assertThat(own.at("/adapter/fingerprint").asText()).isEqualTo(model.fingerprint());
  }

  @Test
  void aResidualPairAddsItsRank() {
    BaseModel model = bert();
    for (Map.Entry<AdapterConfig, Integer> expected :
        Map.of(residual("cola", "full"), 3 + 3 + 4, residual("rslora", null), 3 + 4).entrySet()) {
      PeftExport.Summary summary =
          PeftExport.write(
              folder,
              PeftTool.random(model, expected.getKey(), 5),
              model.transformer(),
              "base",
              PeftExport.Options.whole());
      assertThat(summary.largestRank()).isEqualTo(expected.getValue());
    }
  }

  @Test
  void bareIsForAModelWithoutAHead() throws IOException {
    BaseModel model = bert();
    TrainedAdapter stored = PeftTool.random(model, config("lora", null, null), 5);
    PeftExport.write(
        folder, stored, model.transformer(), "base", PeftExport.Options.whole().withBare(true));
    try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.names())
          .contains("base_model.model.encoder.layer.0.attention.self.query.lora_A.weight")
          .noneMatch(name -> name.contains("classifier"));
    }
    JsonNode json = new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
    assertThat(json.get("task_type").asText()).isEqualTo("FEATURE_EXTRACTION");
    assertThat(json.get("modules_to_save").isNull()).isTrue();
    TrainedAdapter again = PeftImport.read(folder, model.transformer(), target(model));
    float[] theta = again.theta();
    assertThat(Arrays.copyOfRange(theta, theta.length - 99, theta.length)).containsOnly(0);
  }

  @Test
  void aSmallerRankKeepsWhatItSays() {
    BaseModel model = llama();
    TrainedAdapter stored = PeftTool.random(model, config("cola", "heuristic", "pissa"), 5);
    float[][] expected = PeftTool.logits(model.transformer(), stored, SEQUENCES);
    PeftExport.Summary nearly =
        PeftExport.write(
            folder,
            stored,
            model.transformer(),
            "base",
            PeftExport.Options.whole().withVariance(0.9999999));
    assertThat(nearly.keptVariance()).isBetween(0.9999999, 1.0);
    assertClose(
        PeftTool.logits(
            model.transformer(),
            PeftImport.read(folder, model.transformer(), target(model)),
            SEQUENCES),
        expected,
        5e-3);
    PeftExport.Summary two =
        PeftExport.write(
            folder, stored, model.transformer(), "base", PeftExport.Options.whole().withRank(2));
    assertThat(two.largestRank()).isEqualTo(2);
    assertThat(two.keptVariance()).isBetween(0.2, 0.95);
  }

  @Test
  void aShareAboveOneIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftExport.Options.whole().withVariance(1.5))
        .withMessageContaining("at most 1, got 1.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftExport.Options.whole().withRank(0))
        .withMessageContaining("at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftExport.Options.whole().withRank(1).withVariance(0.5))
        .withMessageContaining("not both");
  }

  /** Programs that serve many adapters scale all modules by one alpha / r. */
  @Test
  void allModulesHaveOneRankUnlessAsked() throws IOException {
    BaseModel model = llama();
    AdapterConfig config = wider("q_proj", "v_proj");
    TrainedAdapter stored = PeftTool.random(model, config, 5);
    PeftExport.Summary summary =
        PeftExport.write(
            folder, stored, model.transformer(), "org/base", PeftExport.Options.whole());
    assertThat(summary.largestRank()).isEqualTo(6);
    assertThat(summary.oneRank()).isTrue();
    assertThat(summary.rounding()).isZero();
    JsonNode json = new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
    assertThat(json.get("r").asInt()).isEqualTo(6);
    assertThat(json.get("lora_alpha").asInt()).isEqualTo(6);
    assertThat(json.get("rank_pattern")).isEmpty();
    assertThat(json.get("alpha_pattern")).isEmpty();
    assertThat(json.get("base_model_name_or_path").asText()).isEqualTo("org/base");
    try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      for (String name : file.names()) {
        assertThat(file.shape(name)[name.contains("lora_A") ? 0 : 1]).as(name).isEqualTo(6);
      }
    }
    assertClose(
        PeftTool.logits(
            model.transformer(),
            PeftImport.read(folder, model.transformer(), target(model)),
            SEQUENCES),
        PeftTool.logits(model.transformer(), stored, SEQUENCES),
        2e-5);
    PeftExport.Summary fewer =
        PeftExport.write(
            folder,
            stored,
            model.transformer(),
            "base",
            PeftExport.Options.whole().withVariance(0.8));
    assertThat(fewer.oneRank()).isTrue();
    assertThat(fewer.largestRank()).isBetween(2, 5);
    assertThat(fewer.keptVariance()).isBetween(0.8, 1.0);
  }

  /** Some steps away from PiSSA's start, as training is: the change is small beside the start. */
  private static TrainedAdapter nearPissa(BaseModel model, String method) {
    TrainedAdapter far = PeftTool.random(model, config(method, null, "pissa"), 5);
    float[] theta = far.theta().clone();
    for (int i = 0; i < far.initial().length; i++) {
      theta[i] = far.initial()[i] + 0.03f * (theta[i] - far.initial()[i]);
    }
    return new TrainedAdapter(far.description(), far.layout(), theta, far.initial());
  }

  @Test
  void singularVectorsAreExactToFloat32AndKeepTheChangeInHalfTypes() {
    BaseModel model = llama();
    TrainedAdapter stored = nearPissa(model, "pissa");
    PeftExport.Options whole = PeftExport.Options.whole();
    PeftExport.Options trained = whole.withForm(PeftExport.Form.AS_TRAINED);
    Map<String, double[]> exact = changes(model, stored, trained);
    assertThat(loss(changes(model, stored, whole), exact)).isLessThan(5e-7);
    for (FloatType type : List.of(FloatType.BF16, FloatType.F16)) {
      double svd = loss(changes(model, stored, whole.withType(type)), exact);
      double rounding = written(model, stored, whole.withType(type)).rounding();
      assertThat(svd).isLessThan(type == FloatType.BF16 ? 4e-3 : 6e-4);
      assertThat(rounding).isCloseTo(svd, Offset.offset(0.05 * svd));
      double stacked = loss(changes(model, stored, trained.withType(type)), exact);
      rounding = written(model, stored, trained.withType(type)).rounding();
      assertThat(stacked).isGreaterThan(10 * svd);
      assertThat(rounding).isCloseTo(stacked, Offset.offset(0.05 * stacked));
    }
  }

  private PeftExport.Summary written(
      BaseModel model, TrainedAdapter stored, PeftExport.Options options) {
    return PeftExport.write(folder, stored, model.transformer(), "base", options);
  }

  /** lora_B lora_A of every module in double precision, as a program that reads the file has it. */
  private Map<String, double[]> changes(
      BaseModel model, TrainedAdapter stored, PeftExport.Options options) {
    written(model, stored, options);
    Map<String, double[]> changes = new TreeMap<>();
    try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      for (String name : file.names()) {
        if (name.contains("lora_A")) {
          long[] shape = file.shape(name);
          String other = name.replace("lora_A", "lora_B");
          changes.put(
              name,
              product(file.read(other, file.shape(other)), file.read(name, shape), (int) shape[0]));
        }
      }
    }
    return changes;
  }

  private static double[] product(float[] b, float[] a, int rank) {
    int out = b.length / rank;
    int in = a.length / rank;
    double[] product = new double[out * in];
    for (int i = 0; i < out; i++) {
      for (int k = 0; k < rank; k++) {
        for (int j = 0; j < in; j++) {
          product[i * in + j] += (double) b[i * rank + k] * a[k * in + j];
        }
      }
    }
    return product;
  }

  private static double loss(Map<String, double[]> actual, Map<String, double[]> exact) {
    double lost = 0;
    double whole = 0;
    for (var module : exact.entrySet()) {
      for (int i = 0; i < module.getValue().length; i++) {
        double value = module.getValue()[i];
        double error = actual.get(module.getKey())[i] - value;
        lost += error * error;
        whole += value * value;
      }
    }
    return Math.sqrt(lost / whole);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dora", "ia3", "miss", "shira", "hira", "vera", "gralora", "bat", "c3a", "oft"})
  void whatRoundingLosesOfOtherMethodsIsMeasured(String method) {
    BaseModel model = llama();
    TrainedAdapter stored = PeftTool.random(model, config(method, null, null), 5);
    PeftExport.Options options = PeftExport.Options.whole();
    assertThat(written(model, stored, options).rounding()).isZero();
    assertThat(written(model, stored, options.withType(FloatType.BF16)).rounding())
        .isBetween(5e-4, 5e-2);
  }

  @Test
  void whatIsTooLargeForATypeIsRefused() {
    BaseModel model = llama();
    TrainedAdapter stored = PeftTool.random(model, config("ia3", null, null), 5);
    stored.theta()[3] = 70_000;
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> written(model, stored, PeftExport.Options.whole().withType(FloatType.F16)))
        .withMessageContaining("ia3_l")
        .withMessageContaining("70000.0, too large for float16");
  }
}
