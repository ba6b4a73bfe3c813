package io.github.cola4j.io.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT saved (tools/make_peft_adapters.py), and such as cannot be meant. */
class PeftImportTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String QUERY = "base_model.model.bert.encoder.layer.0.attention.self.query.";

  @TempDir Path folder;

  static BaseModel model(String adapter) {
    return adapter.startsWith("bert") ? PeftExportTest.bert() : PeftExportTest.llama();
  }

  static PeftImport.Target target(BaseModel model, PeftImport.Head head) {
    PeftImport.Target target = PeftExportTest.target(model);
    return new PeftImport.Target(
        target.task(),
        target.classes(),
        target.model(),
        target.fingerprint(),
        target.maxLength(),
        target.prompt(),
        head);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert-lora",
        "bert-lora-regex",
        "bert-rslora",
        "llama-lora",
        "llama-lora-regex",
        "llama-rslora",
        "bert-dora",
        "bert-ia3",
        "bert-miss",
        "llama-dora",
        "llama-ia3",
        "llama-miss",
        "bert-shira",
        "llama-shira",
        "bert-hira",
        "llama-hira",
        "bert-vera",
        "llama-vera",
        "bert-gralora",
        "llama-gralora",
        "bert-bat",
        "llama-bat",
        "bert-c3a",
        "llama-c3a",
        "bert-oft",
        "llama-oft",
        "bert-oft-series",
        "llama-oft-series",
        "bert-adalora",
        "llama-adalora"
      })
  void computesAsPeft(String name) throws IOException {
    BaseModel model = model(name);
    TrainedAdapter stored =
        PeftImport.read(
            Path.of(Goldens.path("peft-adapters/" + name)),
            model.transformer(),
            target(model, PeftImport.Head.MEAN));
    List<float[]> expected = new ArrayList<>();
    for (JsonNode row : Goldens.json("peft-adapters/" + name, "logits.json")) {
      expected.add(MAPPER.convertValue(row, float[].class));
    }
    PeftTool.save(folder, model, stored);
    TrainedAdapter loaded =
        AdapterStore.load(
            folder, model.transformer().linears(), model.transformer().config().hiddenSize());
    for (TrainedAdapter adapter : List.of(stored, loaded)) {
      PeftExportTest.assertClose(
          PeftTool.logits(model.transformer(), adapter, PeftExportTest.SEQUENCES),
          expected.toArray(float[][]::new),
          2e-5);
    }
  }

  @Test
  void ranksAndAlphasOfModulesAreKept() {
    BaseModel model = model("bert");
    TrainedAdapter stored =
        PeftImport.read(
            Path.of(Goldens.path("peft-adapters/bert-lora")),
            model.transformer(),
            target(model, PeftImport.Head.OTHER));
    AdapterConfig config = stored.description().adapter();
    assertThat(config.rankOf("encoder.layer.1.attention.self.query")).isEqualTo(5);
    assertThat(config.scalingOf("encoder.layer.1.attention.self.query")).isEqualTo(8.0 / 5);
    assertThat(config.scalingOf("encoder.layer.1.attention.self.value")).isEqualTo(2);
    assertThat(config.scalingOf("encoder.layer.0.output.dense")).isEqualTo(0.75);
    AdaptedModules modules = new AdaptedModules(model.transformer().linears(), config);
    assertThat(modules.linears()).hasSize(8);
    float[] theta = stored.theta();
    assertThat(theta[theta.length - 1]).as("the head is left out").isZero();
  }

  /**
   * PEFT writes indices as floats on Windows; such as are no element, or one twice, are refused.
   */
  @Test
  void indicesOfAShiraAreIntegersOrFloats() throws IOException {
    Path source = Path.of(Goldens.path("peft-adapters/bert-shira"));
    Files.copy(source.resolve("adapter_config.json"), folder.resolve("adapter_config.json"));
    BaseModel model = model("bert");
    float[] expected =
        PeftImport.read(source, model.transformer(), target(model, PeftImport.Head.MEAN)).theta();
    Map<String, SafetensorsWriter.Tensor> tensors = new TreeMap<>();
    String query = QUERY + "shira_indices";
    try (Safetensors file = Safetensors.open(source.resolve("adapter_model.safetensors"))) {
      for (String name : file.names()) {
        long[] shape = file.shape(name);
        tensors.put(name, new SafetensorsWriter.Tensor(shape, file.read(name, shape)));
      }
      assertThat(file.unreadable()).containsEntry(query, "I32");
      for (String name : file.unreadable().keySet()) {
        long[] shape = file.raw(name).shape();
        float[] floats = PeftIntegers.read(file, name, shape);
        tensors.put(name, new SafetensorsWriter.Tensor(shape, floats));
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PeftIntegers.read(file, query, 3, 1))
          .withMessageContaining("expected shape [3, 1], it has [2, 192]");
    }
    Path written = folder.resolve("adapter_model.safetensors");
    SafetensorsWriter.write(written, tensors, Map.of());
    assertThat(
            PeftImport.read(folder, model.transformer(), target(model, PeftImport.Head.MEAN))
                .theta())
        .containsExactly(expected);
    float[] indices = tensors.get(query).data();
    indices[1] = indices[0];
    indices[indices.length / 2 + 1] = indices[indices.length / 2];
    SafetensorsWriter.write(written, tensors, Map.of());
    TrainedAdapter twice =
        PeftImport.read(folder, model.transformer(), target(model, PeftImport.Head.MEAN));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftTool.logits(model.transformer(), twice, PeftExportTest.SEQUENCES))
        .withMessageContaining("each once");
  }

  private Path copy(Consumer<ObjectNode> json, Consumer<Map<String, SafetensorsWriter.Tensor>> edit)
      throws IOException {
    return copy(folder, "peft-adapters/bert-lora", json, edit);
  }

  /** Copies an adapter of PEFT's into a folder, with other values. */
  static Path copy(
      Path folder,
      String adapter,
      Consumer<ObjectNode> json,
      Consumer<Map<String, SafetensorsWriter.Tensor>> edit)
      throws IOException {
    Path source = Path.of(Goldens.path(adapter));
    ObjectNode config =
        (ObjectNode) MAPPER.readTree(source.resolve("adapter_config.json").toFile());
    json.accept(config);
    MAPPER.writeValue(folder.resolve("adapter_config.json").toFile(), config);
    Map<String, SafetensorsWriter.Tensor> tensors = new TreeMap<>();
    try (Safetensors file = Safetensors.open(source.resolve("adapter_model.safetensors"))) {
      for (String name : file.names()) {
        long[] shape = file.shape(name);
        tensors.put(name, new SafetensorsWriter.Tensor(shape, file.read(name, shape)));
      }
    }
    edit.accept(tensors);
    SafetensorsWriter.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
    return folder;
  }

  private void refuses(Path peft, PeftImport.Head head, String... message) {
    BaseModel model = model("bert");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftImport.read(peft, model.transformer(), target(model, head)))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "peft_type | \"BOFT\" | LORA, IA3, MISS",
        "bias | \"lora_only\" | stay frozen",
        "fan_in_fan_out | true | nothing that does the same",
        "lora_bias | true | nothing that does the same",
        "use_qalora | true | nothing that does the same",
        "trainable_token_indices | [1, 2] | nothing that does the same",
        "megatron_config | {\"a\": 1} | nothing that does the same",
        "layer_replication | [[0, 1]] | nothing that does the same",
        "use_mora | true | nothing that does the same",
        "enable_lora | [true, false] | nothing that does the same",
        "init_lora_weights | \"corda\" | changes the base model's weights",
        "init_lora_weights | \"lora_ga\" | changes the base model's weights",
        "modules_to_save | [\"embed_tokens\"] | it changes the embeddings",
        "modules_to_save | [\"lm_head\"] | it changes the output layer",
        "init_lora_weights | \"pissa_niter_16\" | changes the base model's weights",
        "layers_pattern | \"layer\" | target_modules",
        "modules_to_save | [\"classifier\", \"pooler\"] | classifier",
        "r | 0 | above 0, got 0",
        "r | 2.5 | an integer above 0, got 2.5",
        "lora_alpha | null | above 0, got null",
        "target_modules | \"(query\" | regular expression",
        "target_modules | [\"query\", \"value\", \"output.dense\", \"key\"] | no tensors of"
            + " bert.enc",
        "target_modules | [\"query\", \"value\"] | attention.output.dense",
        "exclude_modules | [\"value\"] | attention.self.value",
        "layers_to_transform | [0] | layer.1",
        "use_dora | true | lora_magnitude_vector",
        "r | 6 | expected shape [6, "
      })
  void optionsWithoutACounterpartAreRefused(String key, String value, String message)
      throws IOException {
    JsonNode node = MAPPER.readTree(value);
    Path peft = copy(json -> json.set(key, node), tensors -> {});
    refuses(peft, PeftImport.Head.MEAN, message);
  }

  @Test
  void tensorsThatAreMissingStrangeOrDamagedAreRefused() throws IOException {
    refuses(
        copy(json -> {}, tensors -> tensors.remove(QUERY + "lora_B.weight")),
        PeftImport.Head.MEAN,
        QUERY + "lora_B.weight");
    refuses(
        copy(
            json -> {},
            tensors ->
                tensors.put(
                    "base_model.model.bert.pooler.dense.lora_A.weight",
                    tensors.get(QUERY + "lora_A.weight"))),
        PeftImport.Head.MEAN,
        "bert.pooler.dense.lora_A.weight",
        "no linear layer");
    refuses(
        copy(
            json -> {},
            tensors -> tensors.put(QUERY + "lora_C.weight", tensors.get(QUERY + "lora_A.weight"))),
        PeftImport.Head.MEAN,
        QUERY + "lora_C.weight");
    refuses(
        copy(
            json -> {},
            tensors -> tensors.put(QUERY + "lora_B.weight", tensors.get(QUERY + "lora_A.weight"))),
        PeftImport.Head.MEAN,
        QUERY + "lora_B.weight",
        "[32, 5]",
        "[5, 32]");
    refuses(
        copy(json -> {}, tensors -> tensors.remove("base_model.model.classifier.bias")),
        PeftImport.Head.MEAN,
        "classifier.bias");
    Path without =
        copy(
            json -> {},
            tensors -> tensors.keySet().removeIf(name -> name.contains(".classifier.")));
    refuses(without, PeftImport.Head.MEAN, "no tensors of a classifier", "leave --head out");
    Path nan = copy(json -> {}, tensors -> {});
    Path file = nan.resolve("adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length - 4, bytes.length, (byte) 0xff);
    Files.write(file, bytes);
    refuses(nan, PeftImport.Head.MEAN, "NaN", "classifier.weight");
    Files.delete(file);
    refuses(nan, PeftImport.Head.MEAN, "safe_serialization");
    Files.delete(nan.resolve("adapter_config.json"));
    refuses(nan, PeftImport.Head.MEAN, "no adapter of HF PEFT");
  }

  private List<String> notices(Path peft) {
    BaseModel model = model("bert");
    List<String> notices = new ArrayList<>();
    TrainedAdapter stored =
        PeftImport.read(
            peft, model.transformer(), target(model, PeftImport.Head.MEAN), notices::add);
    TrainedAdapter plain =
        PeftImport.read(
            Path.of(Goldens.path("peft-adapters/bert-lora")),
            model.transformer(),
            target(model, PeftImport.Head.MEAN));
    assertThat(stored.theta()).containsExactly(plain.theta());
    assertThat(notices).allMatch(notice -> notice.startsWith(folder.toString()));
    return notices;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "eva_config | {\"rho\": 2.0, \"tau\": 0.99} | \"eva\"",
        "corda_config | {\"corda_method\": \"ipm\"} | true",
        "lora_ga_config | {\"direction\": \"ArB2r\"} | true"
      })
  void howAnAdapterStartedDoesNotMatter(String key, String value, String init) throws IOException {
    JsonNode node = MAPPER.readTree(value);
    JsonNode start = MAPPER.readTree(init);
    Path peft =
        copy(json -> json.<ObjectNode>set(key, node).set("init_lora_weights", start), t -> {});
    assertThat(notices(peft)).singleElement().asString().contains(key + " is left out");
  }

  @ParameterizedTest
  @CsvSource({
    ", my run, ''",
    "0.18.0, my run, ''",
    "0.21.9, my run, ''",
    "0.21.0.dev0@UNKNOWN, my run, ''",
    "0.22.0.dev0, my run, 'up to 0.21, and this file is of 0.22.0.dev0'",
    "1.0, my run, 'up to 0.21, and this file is of 1.0'",
    "UNKNOWN, my run, 'up to 0.21, and this file is of UNKNOWN'"
  })
  void aKeyThatIsNoOptionOfPeftIsLeftOut(String version, String value, String refusal)
      throws IOException {
    Path peft =
        copy(
            json -> {
              json.remove("peft_version");
              if (version != null) {
                json.put("peft_version", version);
              }
              json.put("custom_note", value).put("lorap_lr_ratio", 16);
            },
            tensors -> {});
    if (refusal.isEmpty()) {
      assertThat(notices(peft))
          .hasSize(2)
          .anyMatch(notice -> notice.contains("custom_note is left out: it is no option of PEFT"));
    } else {
      refuses(peft, PeftImport.Head.MEAN, "custom_note", "nothing that does the same", refusal);
    }
  }

  @Test
  void theAdapterOfAPoolerThatNothingReadsIsLeftOut() throws IOException {
    Path peft =
        copy(
            json -> json.withArray("target_modules").add("pooler.dense"),
            tensors -> {
              for (String factor : List.of("lora_A.weight", "lora_B.weight")) {
                tensors.put(
                    "base_model.model.bert.pooler.dense." + factor, tensors.get(QUERY + factor));
              }
            });
    assertThat(notices(peft))
        .singleElement()
        .asString()
        .contains("bert.pooler.dense is left out", "the mean of a text's tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bert.embeddings.word_embeddings.weight | it changes the embeddings",
        "bert.embeddings.word_embeddings.lora_embedding_A | it changes the embeddings",
        "model.embed_tokens.weight | save_embedding_layers=False",
        "lm_head.weight | it changes the output layer",
        "lm_head.lora_A.weight | it changes the output layer",
        "score.weight | head of a sequence classifier on a decoder",
        "bert.encoder.layer.0.attention.self.query.lora_A.default.weight"
            + " | the name of an adapter in it, 'default', which save_pretrained leaves out",
        "bert.encoder.layer.0.attention.self.query.lora_C.weight | lora has no such tensor"
      })
  void whatATensorIsForIsSaid(String name, String reason) throws IOException {
    String tensor = "base_model.model." + name;
    Path peft =
        copy(json -> {}, tensors -> tensors.put(tensor, tensors.get(QUERY + "lora_A.weight")));
    refuses(peft, PeftImport.Head.MEAN, tensor, reason);
  }

  @Test
  void typesThatAreNotReadAreNamed() throws IOException {
    Path peft = copy(json -> {}, tensors -> {});
    Path file = peft.resolve("adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ObjectNode json = (ObjectNode) MAPPER.readTree(bytes, 8, header);
    ObjectNode tensor = (ObjectNode) json.get(QUERY + "lora_A.weight");
    tensor.put("dtype", "F8_E4M3");
    tensor.withArray("shape").removeAll().add(20).add(32);
    byte[] changed = MAPPER.writeValueAsBytes(json);
    ByteBuffer all = ByteBuffer.allocate(8 + changed.length + bytes.length - 8 - header);
    all.order(ByteOrder.LITTLE_ENDIAN).putLong(changed.length).put(changed);
    Files.write(file, all.put(bytes, 8 + header, bytes.length - 8 - header).array());
    refuses(peft, PeftImport.Head.MEAN, QUERY + "lora_A.weight", "it is F8_E4M3", "float32");
  }

  /** Nobody but the user can know it, and a wrong guess gives plausible numbers. */
  @Test
  void whatAHeadWasTrainedOnMustBeSaid() throws IOException {
    refuses(copy(json -> {}, tensors -> {}), null, "mean over a text's tokens", "pooler");
  }

  @Test
  void aLanguageModelsAdapterHasNoHead() {
    BaseModel llama = model("llama");
    PeftImport.Target bert = target(model("bert"), PeftImport.Head.MEAN);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                PeftImport.read(
                    Path.of(Goldens.path("peft-adapters/llama-lora")), llama.transformer(), bert))
        .withMessageContaining("has no tensors of a classifier");
  }
}
