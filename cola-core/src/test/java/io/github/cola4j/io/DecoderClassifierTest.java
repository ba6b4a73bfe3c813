package io.github.cola4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.merged.MergedModel;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Pass;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Decoders that classify by their last token, as transformers' classes do, and their files. */
class DecoderClassifierTest {
  private static final Path GOLDENS = Path.of(Goldens.path("classifiers.json"));
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<int[]> SEQUENCES =
      List.of(new int[] {2, 17, 40, 9, 3}, new int[] {2, 3}, new int[] {2, 80, 81, 5, 4, 120, 3});
  private static final Offset<Float> CLOSE = Offset.offset(2e-5f);

  @TempDir Path folder;

  static Stream<Map.Entry<String, JsonNode>> goldens() throws IOException {
    return JSON.readTree(GOLDENS.toFile()).properties().stream();
  }

  private static BaseModel model(String type) {
    return BaseModel.load(Goldens.path("decoder/" + type + "/model"));
  }

  /** tools/make_classifier_goldens.py. */
  @ParameterizedTest
  @MethodSource("goldens")
  void logitsAreThoseOfTransformers(Map.Entry<String, JsonNode> golden) {
    BaseModel model = model(golden.getKey());
    Encoder encoder = model.encoder(Pooling.HEAD);
    AdaptedModules modules =
        new AdaptedModules(encoder.linears(), AdapterConfig.of("lora").withRank(1));
    float[] initial = modules.initial(3);
    float[] theta = TextClassifier.initialParameters(initial, encoder, 3, 1);
    int d = encoder.config().hiddenSize();
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < d; j++) {
        theta[initial.length + j * 3 + i] = (float) (Math.sin(1 + 3 * i + 7 * j) / 4);
      }
    }
    List<Sample> samples =
        SEQUENCES.stream()
            .map(ids -> new Sample(ids, new int[ids.length], Sample.IGNORED))
            .toList();
    try (Pass pass = new Pass(DataType.FLOAT)) {
      float[][] logits =
          new TextClassifier(encoder, modules, initial, 3).logits(pass, theta, samples, 64);
      Iterator<JsonNode> rows = golden.getValue().iterator();
      for (float[] row : logits) {
        assertThat(row).containsExactly(floats(rows.next()), CLOSE);
      }
    }
  }

  private static float[] floats(JsonNode row) {
    double[] numbers =
        StreamSupport.stream(row.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }

  @Test
  void onlyTheLastTokenIsPooled() {
    BaseModel model = model("llama");
    assertThat(model.pooling()).isEqualTo(Pooling.LAST);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.encoder(Pooling.MEAN))
        .withMessageContaining("expected last, got mean");
  }

  /** The head has no bias there; and comes back. */
  @Test
  void anExportIsThatOfASequenceClassifier() throws IOException {
    BaseModel model = model("qwen3");
    TrainedAdapter stored =
        PeftTool.classifier(model, AdapterConfig.of("cola").withRank(2), Pooling.LAST, 7);
    PeftExport.write(
        folder, stored, model.transformer(), model.location(), PeftExport.Options.whole());
    JsonNode config = JSON.readTree(folder.resolve("adapter_config.json").toFile());
    assertThat(config.path("task_type").asText()).isEqualTo("SEQ_CLS");
    assertThat(config.path("modules_to_save").toString()).isEqualTo("[\"score\"]");
    try (Safetensors tensors = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(tensors.names())
          .contains("base_model.model.score.weight")
          .doesNotContain("base_model.model.score.bias");
    }
    PeftImport.Target target =
        new PeftImport.Target(
            "t", PeftTool.CLASSES, model.location(), model.fingerprint(), 64, null, null);
    TrainedAdapter read = PeftImport.read(folder, model.transformer(), target);
    assertThat(read.description().pooling()).isEqualTo(Pooling.LAST);
    assertClose(model, read, model, stored);
  }

  private static void assertClose(
      BaseModel model, TrainedAdapter adapter, BaseModel other, TrainedAdapter expected) {
    float[][] logits = PeftTool.logits(model.transformer(), adapter, SEQUENCES);
    float[][] wanted = PeftTool.logits(other.transformer(), expected, SEQUENCES);
    for (int s = 0; s < logits.length; s++) {
      assertThat(logits[s]).containsExactly(wanted[s], Offset.offset(1e-4f));
    }
  }

  /** What transformers reads alone; and the base of further adapters. */
  @Test
  void aMergedModelIsASequenceClassifier() throws IOException {
    BaseModel model = model("gemma3_text");
    TrainedAdapter stored =
        PeftTool.classifier(model, AdapterConfig.of("lora").withRank(2), Pooling.LAST, 7);
    MergedModel.write(
        folder, stored, model.location(), model.transformer(), MergedModel.Options.f32(1L << 40));
    JsonNode config = JSON.readTree(folder.resolve("config.json").toFile());
    assertThat(config.at("/architectures/0").asText())
        .isEqualTo("Gemma3TextForSequenceClassification");
    assertThat(config.at("/id2label/2").asText()).isEqualTo("finance");
    assertThat(config.at("/label2id/law").asInt()).isZero();
    assertThat(config.at("/problem_type").asText()).isEqualTo("single_label_classification");
    try (Safetensors weights = Safetensors.open(folder.resolve("model.safetensors"))) {
      assertThat(weights.names()).contains("score.weight").doesNotContain("score.bias");
    }
    assertThat(BaseModel.load(folder.toString()).fingerprint()).isNotEqualTo(model.fingerprint());
  }

  /** An encoder's head lies where its class has it, also if the files have no prefix. */
  @Test
  void aMergedEncoderWithItsOwnHeadIsOneToo() throws IOException {
    BaseModel model = BaseModel.load(Goldens.path("bert/model"));
    TrainedAdapter mean =
        PeftTool.classifier(model, AdapterConfig.of("lora").withRank(2), Pooling.MEAN, 7);
    MergedModel.write(
        folder, mean, model.location(), model.transformer(), MergedModel.Options.f32(1L << 40));
    try (Safetensors weights = Safetensors.open(folder.resolve("model.safetensors"))) {
      assertThat(weights.names()).doesNotContain("classifier.weight");
    }
    BaseModel roberta = BaseModel.load(Goldens.path("encoder/roberta/model"));
    TrainedAdapter head =
        PeftTool.classifier(roberta, AdapterConfig.of("lora").withRank(2), Pooling.HEAD, 7);
    MergedModel.write(
        folder, head, roberta.location(), roberta.transformer(), MergedModel.Options.f32(1L << 40));
    try (Safetensors weights = Safetensors.open(folder.resolve("model.safetensors"))) {
      assertThat(weights.names())
          .contains(
              "classifier.dense.weight", "classifier.out_proj.weight", "classifier.out_proj.bias")
          .allMatch(name -> name.startsWith("roberta.") || !name.startsWith("encoder."));
    }
  }
}
