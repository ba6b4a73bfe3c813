package io.github.cola4j.io.merged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExportTest;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.HuggingFaceModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Merged folders are models. tools/check_peft.py asks transformers itself. */
class MergedModelTest {
  private static final long WHOLE = 1_000_000_000;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "bert/model, 1000000000, 1",
    "decoder/llama/model, 1000000000, 1",
    "decoder/llama/model, 100000, 3",
    "decoder/qwen2/model, 1000000000, 1",
    "decoder/mistral/model, 1000000000, 1"
  })
  void computesAsTheModelWithItsAdapter(String name, long shardSize, int files) {
    BaseModel model = BaseModel.load(Goldens.path(name));
    TrainedAdapter stored =
        PeftTool.random(model, PeftExportTest.config("cola", "heuristic", "pissa"), 5);
    assertThat(
            MergedModel.write(
                    folder,
                    stored,
                    model.location(),
                    model.transformer(),
                    MergedModel.Options.f32(shardSize))
                .files())
        .isEqualTo(files);
    BaseModel merged = BaseModel.load(folder.toString());
    PeftExportTest.assertClose(
        PeftTool.logits(merged.transformer(), withoutChange(stored), PeftExportTest.SEQUENCES),
        PeftTool.logits(model.transformer(), stored, PeftExportTest.SEQUENCES),
        2e-5);
  }

  /** The head alone. */
  private static TrainedAdapter withoutChange(TrainedAdapter stored) {
    float[] theta = stored.theta().clone();
    System.arraycopy(stored.initial(), 0, theta, 0, stored.initial().length);
    return new TrainedAdapter(stored.description(), stored.layout(), theta, stored.initial());
  }

  @Test
  void whatIsNotAdaptedIsCopied() throws IOException {
    BaseModel model = BaseModel.load(Goldens.path("decoder/mistral/model"));
    TrainedAdapter stored = PeftTool.random(model, PeftExportTest.config("lora", null, null), 5);
    MergedModel.write(
        folder, stored, model.location(), model.transformer(), MergedModel.Options.f32(WHOLE));
    try (HuggingFaceModel before = HuggingFaceModel.open(model.location());
        HuggingFaceModel after = HuggingFaceModel.open(folder.toString())) {
      assertThat(after.weights().names()).isEqualTo(before.weights().names());
      for (String tensor : before.weights().names()) {
        float[] expected = before.weights().read(tensor, before.weights().shape(tensor));
        float[] actual = after.weights().read(tensor, after.weights().shape(tensor));
        if (tensor.contains("proj")) {
          assertThat(actual).isNotEqualTo(expected);
        } else {
          assertThat(actual).containsExactly(expected);
        }
      }
      assertThat(after.inputsJson()).isEqualTo(before.inputsJson());
    }
    JsonNode config = new ObjectMapper().readTree(folder.resolve("config.json").toFile());
    assertThat(config.get("dtype").asText()).isEqualTo("float32");
    assertThat(folder.resolve("tokenizer_config.json")).exists();
    JsonNode own = new ObjectMapper().readTree(folder.resolve("cola4j.json").toFile());
    assertThat(own.at("/merged/task").asText()).isEqualTo("topic");
  }

  /** A model with bert. before its names, and tensors that only transformers uses, keeps both. */
  @Test
  void namesStayThoseOfTheFile() throws IOException {
    Path source = Files.createDirectory(folder.resolve("source"));
    Path target = Files.createDirectory(folder.resolve("target"));
    Path tiny = Path.of(Goldens.path("bert/model"));
    for (String file : List.of("config.json", "tokenizer.json")) {
      Files.copy(tiny.resolve(file), source.resolve(file));
    }
    TreeSet<String> names = new TreeSet<>();
    try (Safetensors weights = Safetensors.open(tiny.resolve("model.safetensors"))) {
      var renamed = new HashMap<String, SafetensorsWriter.Tensor>();
      for (String name : weights.names()) {
        long[] shape = weights.shape(name);
        String other = "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma");
        renamed.put(other, new SafetensorsWriter.Tensor(shape, weights.read(name, shape)));
      }
      SafetensorsWriter.write(source.resolve("model.safetensors"), renamed, Map.of());
      names.addAll(renamed.keySet());
    }
    BaseModel model = BaseModel.load(source.toString());
    MergedModel.write(
        target,
        PeftTool.random(model, PeftExportTest.config("lora", null, null), 5),
        model.location(),
        model.transformer(),
        MergedModel.Options.f32(WHOLE));
    try (Safetensors weights = Safetensors.open(target.resolve("model.safetensors"))) {
      assertThat(weights.names()).isEqualTo(names);
    }
    try (Safetensors head = Safetensors.open(target.resolve("head.safetensors"))) {
      assertThat(head.shape("head.weight")).containsExactly(3, 32);
    }
  }

  @Test
  void aModelOfTheClassPathBecomesAFolder() throws IOException {
    String location = "classpath:all-minilm-l6-v2";
    BaseModel model = BaseModel.load(location);
    TrainedAdapter stored = PeftTool.random(model, PeftExportTest.config("lora", null, null), 5);
    MergedModel.write(
        folder, stored, location, model.transformer(), MergedModel.Options.f32(20_000_000));
    BaseModel merged = BaseModel.load(folder.toString());
    assertThat(merged.transformer().config()).isEqualTo(model.transformer().config());
    PeftExportTest.assertClose(
        PeftTool.logits(merged.transformer(), withoutChange(stored), PeftExportTest.SEQUENCES),
        PeftTool.logits(model.transformer(), stored, PeftExportTest.SEQUENCES),
        1e-4);
    assertThat(json("tokenizer_config.json").get("model_input_names"))
        .extracting(JsonNode::asText)
        .containsExactly("input_ids", "token_type_ids", "attention_mask");
  }

  private JsonNode json(String file) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(file).toFile());
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}', true",
    "'{\"tokenizer_class\": \"TokenizersBackend\"}', true",
    "'{\"tokenizer_class\": \"BertTokenizer\"}', false",
    "'{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"model_input_names\": []}', false"
  })
  void aTokenizerThatKnowsNoBertIsGivenItsInputs(String written, boolean changed)
      throws IOException {
    Path source = Files.createDirectory(folder.resolve("source"));
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(Path.of(Goldens.path("bert/model")).resolve(file), source.resolve(file));
    }
    Files.writeString(source.resolve("tokenizer_config.json"), written);
    try (HuggingFaceModel model = HuggingFaceModel.open(source.toString())) {
      model.copyTo(folder, FloatType.F32, null);
    }
    JsonNode expected = new ObjectMapper().readTree(written);
    if (changed) {
      assertThat(json("tokenizer_config.json").get("model_input_names")).hasSize(3);
    } else {
      assertThat(json("tokenizer_config.json")).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, bfloat16", "F16, float16"})
  void weightsAreWrittenInTheTypeThatWasAsked(FloatType type, String torch) throws IOException {
    BaseModel model = BaseModel.load(Goldens.path("decoder/llama/model"));
    TrainedAdapter stored = PeftTool.random(model, PeftExportTest.config("lora", null, null), 5);
    Path exact = Files.createDirectory(folder.resolve("exact"));
    MergedModel.write(
        exact, stored, model.location(), model.transformer(), MergedModel.Options.f32(WHOLE));
    MergedModel.Summary summary =
        MergedModel.write(
            folder,
            stored,
            model.location(),
            model.transformer(),
            new MergedModel.Options(WHOLE, type, "org/tiny-llama"));
    assertThat(json("config.json").get("_name_or_path").asText()).isEqualTo("org/tiny-llama");
    assertThat(
            json("config.json")
                .path("dtype")
                .asText(json("config.json").path("torch_dtype").asText()))
        .isEqualTo(torch);
    double lost = 0;
    double whole = 0;
    try (HuggingFaceModel before = HuggingFaceModel.open(model.location());
        HuggingFaceModel merged = HuggingFaceModel.open(exact.toString());
        HuggingFaceModel rounded = HuggingFaceModel.open(folder.toString())) {
      for (String tensor : before.weights().names()) {
        float[] frozen = before.weights().read(tensor, before.weights().shape(tensor));
        float[] expected = merged.weights().read(tensor, before.weights().shape(tensor));
        float[] actual = rounded.weights().read(tensor, before.weights().shape(tensor));
        for (int i = 0; i < actual.length; i++) {
          assertThat(actual[i]).isEqualTo(type.rounded(expected[i]));
          lost += tensor.contains("proj") ? Math.pow((double) actual[i] - expected[i], 2) : 0;
          whole += Math.pow((double) expected[i] - frozen[i], 2);
        }
      }
    }
    assertThat(summary.rounding()).isCloseTo(Math.sqrt(lost / whole), Offset.offset(1e-6));
    assertThat(Files.size(folder.resolve("model.safetensors")))
        .isLessThan(Files.size(exact.resolve("model.safetensors")) * 6 / 10);
  }

  @Test
  void aMergedWeightThatIsNotFiniteIsRefused() {
    BaseModel model = BaseModel.load(Goldens.path("bert/model"));
    TrainedAdapter stored = PeftTool.random(model, PeftExportTest.config("lora", null, null), 5);
    Arrays.fill(stored.theta(), 0, 2 * 32 * 3, 3e38f);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                MergedModel.write(
                    folder,
                    stored,
                    model.location(),
                    model.transformer(),
                    MergedModel.Options.f32(WHOLE)))
        .withMessageContaining("encoder.layer.0.attention.self.query");
    assertThat(folder).isEmptyDirectory();
  }
}
