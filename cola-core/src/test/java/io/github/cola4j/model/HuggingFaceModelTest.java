package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceModelTest {
  private static final String MINILM = "classpath:all-minilm-l6-v2";
  private static final String CONFIG =
      """
      {"model_type": "bert", "hidden_act": "gelu", "vocab_size": 30522, "hidden_size": 384,
       "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536,
       "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12}
      """;

  private static HuggingFaceModel miniLm;
  @TempDir Path folder;

  @BeforeAll
  static void open() {
    miniLm = HuggingFaceModel.open(MINILM);
  }

  @AfterAll
  static void release() {
    miniLm.close();
    miniLm = null;
  }

  @Test
  void opensTheClasspathModel() throws Exception {
    assertThat(miniLm.location()).isEqualTo(MINILM);
    assertThat(miniLm.config().layers()).isEqualTo(6);
    assertThat(miniLm.weights().names()).contains("embeddings.word_embeddings.weight");
    assertThat(new String(miniLm.inputsJson(), StandardCharsets.UTF_8)).contains("WordPiece");
    assertThat(miniLm.fingerprint())
        .isEqualTo(
            sha256(
                resource("/all-minilm-l6-v2.onnx"), resource("/all-minilm-l6-v2-tokenizer.json")));
  }

  @Test
  void aSafetensorsFolderIsTheSameModel() throws Exception {
    writeFolder();
    SafetensorsWriter.write(
        folder.resolve("model.safetensors"),
        tensors(name -> "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma")),
        Map.of("format", "pt"));
    try (HuggingFaceModel model = HuggingFaceModel.open(folder.toString())) {
      assertSameModel(model);
      assertThat(model.inputsJson()).isEqualTo(miniLm.inputsJson());
      assertThat(model.fingerprint())
          .isEqualTo(
              sha256(
                  Files.readAllBytes(folder.resolve("config.json")),
                  Files.readAllBytes(folder.resolve("model.safetensors")),
                  model.inputsJson()));
      assertThatThrownBy(() -> model.weights().shape("encoder.layer.0.output.dense.weigth"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(folder.toString(), "'encoder.layer.0.output.dense.weight'");
    }
  }

  @Test
  void aShardedFolderIsTheSameModel() throws Exception {
    writeFolder();
    Map<String, Tensor> first = new TreeMap<>(tensors(UnaryOperator.identity()));
    Map<String, Tensor> second = new TreeMap<>();
    first.keySet().stream()
        .filter(name -> name.startsWith("encoder.layer.3"))
        .toList()
        .forEach(name -> second.put(name, first.remove(name)));
    SafetensorsWriter.write(folder.resolve("a-1.safetensors"), first, Map.of());
    SafetensorsWriter.write(folder.resolve("a-2.safetensors"), second, Map.of());
    StringBuilder index = new StringBuilder();
    first.keySet().forEach(name -> index.append(entry(name, "a-1.safetensors")).append(','));
    second.keySet().forEach(name -> index.append(entry(name, "a-2.safetensors")).append(','));
    writeIndex(index.substring(0, index.length() - 1));
    try (HuggingFaceModel model = HuggingFaceModel.open(folder.toString())) {
      assertSameModel(model);
      assertThat(model.fingerprint())
          .isEqualTo(
              sha256(
                  Files.readAllBytes(folder.resolve("config.json")),
                  Files.readAllBytes(folder.resolve("a-1.safetensors")),
                  Files.readAllBytes(folder.resolve("a-2.safetensors")),
                  model.inputsJson()));
    }
    Files.delete(folder.resolve("a-2.safetensors"));
    assertRefused("names a-2.safetensors, which is not in the folder", "a-1.safetensors");
  }

  @Test
  void anOnnxFolderIsTheSameModel() throws IOException {
    writeFolder();
    Files.write(folder.resolve("model.onnx"), resource("/all-minilm-l6-v2.onnx"));
    try (HuggingFaceModel model = HuggingFaceModel.open(folder.toString())) {
      assertSameModel(model);
    }
  }

  @Test
  void saysWhichFilesAreNeededAndWhichThereAre() throws IOException {
    String needed =
        "it needs config.json, tokenizer.json (of images preprocessor_config.json) and one of model.safetensors,"
            + " model.safetensors.index.json or model.onnx; ";
    assertRefused("'" + folder + "' is not a model folder", needed + "it is empty");
    writeFolder();
    Files.write(folder.resolve("pytorch_model.bin"), new byte[1]);
    assertRefused(needed + "it has config.json, pytorch_model.bin, tokenizer.json");
    assertThatThrownBy(() -> HuggingFaceModel.open(folder.resolve("nowhere").toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(needed + "there is no such folder");
    assertThatThrownBy(() -> HuggingFaceModel.open(folder.resolve("config.json").toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(needed + "it is a file");
  }

  @Test
  void saysWhichArtefactHasAClasspathModel() {
    assertThatThrownBy(() -> HuggingFaceModel.open("classpath:no-such-model"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "/no-such-model.onnx", "dev.langchain4j:langchain4j-embeddings-no-such-model");
    assertThatThrownBy(() -> HuggingFaceModel.open("classpath:../x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 'classpath:../x'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "../x.safetensors",
        "/x.safetensors",
        "..\\\\x.safetensors",
        "c:x.safetensors",
        "model.bin",
        ""
      })
  void refusesShardsOutsideTheFolder(String shard) throws IOException {
    writeFolder();
    writeIndex(entry("embeddings.word_embeddings.weight", shard));
    assertRefused(
        "model.safetensors.index.json: expected a .safetensors file of the same folder",
        "'embeddings.word_embeddings.weight', got \"" + shard + "\"");
  }

  @Test
  void refusesAnInvalidIndex() throws IOException {
    writeFolder();
    writeIndex("");
    assertRefused("expected weight_map");
    Files.writeString(folder.resolve("model.safetensors.index.json"), "{");
    assertRefused("model.safetensors.index.json: not valid JSON");
  }

  private void assertRefused(String... message) {
    assertThatThrownBy(() -> HuggingFaceModel.open(folder.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(message);
  }

  private static void assertSameModel(HuggingFaceModel model) {
    assertThat(model.config()).isEqualTo(miniLm.config());
    assertThat(model.weights().names()).isEqualTo(miniLm.weights().names());
    for (String name : miniLm.weights().names()) {
      long[] shape = miniLm.weights().shape(name);
      assertThat(model.weights().shape(name)).as(name).isEqualTo(shape);
      assertThat(
              Arrays.equals(model.weights().read(name, shape), miniLm.weights().read(name, shape)))
          .as(name)
          .isTrue();
    }
  }

  private static Map<String, Tensor> tensors(UnaryOperator<String> rename) {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (String name : miniLm.weights().names()) {
      long[] shape = miniLm.weights().shape(name);
      tensors.put(rename.apply(name), new Tensor(shape, miniLm.weights().read(name, shape)));
    }
    return tensors;
  }

  private void writeFolder() throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG);
    Files.write(folder.resolve("tokenizer.json"), miniLm.inputsJson());
  }

  private static String entry(String tensor, String shard) {
    return '"' + tensor + "\": \"" + shard + '"';
  }

  private void writeIndex(String entries) throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + entries + "}}");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = HuggingFaceModelTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static String sha256(byte[]... parts) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (byte[] part : parts) {
      digest.update(part);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
