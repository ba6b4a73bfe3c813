package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import io.github.cola4j.model.llama.LlamaConfig;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders of others, which say what is not so. */
class ModelFolderTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void copy() throws Exception {
    folder = Files.createDirectory(temporary.resolve("model"));
    copy("bert", folder);
  }

  private static void copy(String model, Path to) throws IOException, URISyntaxException {
    Path from = Path.of(ModelFolderTest.class.getResource("/goldens/" + model + "/model").toURI());
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  private void config(String from, String to) throws IOException {
    Path file = folder.resolve("config.json");
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  private static Map<String, Tensor> tensors(Path file) {
    Map<String, Tensor> tensors = new TreeMap<>();
    try (Safetensors weights = Safetensors.open(file)) {
      for (String name : weights.names()) {
        long[] shape = weights.shape(name);
        tensors.put(name, new Tensor(shape, weights.read(name, shape)));
      }
    }
    return tensors;
  }

  private void assertRefused(String... message) {
    assertThatThrownBy(() -> BaseModel.load(folder.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "hidden_size": 32            | "hidden_size": 1000000000          | expected shape [200, 1000000000], it has [200, 32]
          "vocab_size": 200            | "vocab_size": 2147483647           | expected shape [2147483647, 32], it has [200, 32]
          "intermediate_size": 64      | "intermediate_size": 2147483647    | expected shape [2147483647, 32], it has [64, 32]
          "max_position_embeddings": 64| "max_position_embeddings": 2147483647 | expected shape [2147483647, 32], it has [64, 32]
          "type_vocab_size": 2         | "type_vocab_size": 1               | expected shape [1, 32], it has [2, 32]
          "num_hidden_layers": 2       | "num_hidden_layers": 1             | 16 tensors that the architecture of config.json does not use, such as encoder.layer.1.
          "num_hidden_layers": 2       | "num_hidden_layers": 3             | no tensor 'encoder.layer.2.
          """)
  void aConfigurationThatDoesNotFitTheWeightsIsRefused(String from, String to, String message)
      throws IOException {
    config(from, to);
    assertRefused(message);
  }

  @Test
  void theCopyIsAModelAlsoWithByteOrderMark() throws IOException {
    config("{", "\uFEFF{");
    BaseModel model = BaseModel.load(folder.toString());
    assertThat(model.transformer().parameters()).isEqualTo(25_664);
    assertThat(model.notices()).isEmpty();
  }

  @Test
  void headsThatAreNotUsedAreNamed() {
    Path file = folder.resolve("model.safetensors");
    Map<String, Tensor> tensors = tensors(file);
    tensors.put("classifier.weight", new Tensor(new long[] {2, 32}, new float[64]));
    tensors.put("pooler.dense.bias", new Tensor(new long[] {32}, new float[32]));
    SafetensorsWriter.write(file, tensors, Map.of());
    assertThat(BaseModel.load(folder.toString()).notices())
        .containsExactly(
            folder + ": 1 tensors on top of the encoder are not used: classifier.weight");
    tensors.put("encoder.relative.weight", new Tensor(new long[] {1}, new float[1]));
    SafetensorsWriter.write(file, tensors, Map.of());
    assertRefused("1 tensors that the architecture", "such as encoder.relative.weight");
  }

  @Test
  void anAddedTokenWithoutEmbeddingIsNamed() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    String pad = "{\"id\": 200, \"content\": \"<pad>\", \"special\": true, \"single_word\": false,";
    String flags = "\"lstrip\": false, \"rstrip\": false, \"normalized\": false}, ";
    String json =
        Files.readString(file).replaceFirst("\"added_tokens\":\\s*\\[", "$0" + pad + flags);
    Files.writeString(file, json);
    assertThat(BaseModel.load(folder.toString()).notices())
        .singleElement()
        .asString()
        .contains("no embedding for the added tokens [<pad>]");
  }

  @Test
  void segmentsThatTheModelDoesNotHaveAreRefused() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    String json = Files.readString(file);
    Files.writeString(file, json.replaceAll("\"type_id\": ?1", "\"type_id\": 1000000"));
    assertRefused("segment id 1000000; the model has 2 of them");
  }

  @Test
  void linksOutOfTheFolderAreRefusedButThoseOfHuggingFacesCache() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Path cache = temporary.resolve("hub/models--me--tiny");
    Path blob = cache.resolve("blobs").resolve("a".repeat(64));
    Path snapshot = cache.resolve("snapshots/123");
    Files.createDirectories(blob.getParent());
    Files.createDirectories(snapshot);
    Files.move(file, blob);
    Files.copy(folder.resolve("config.json"), snapshot.resolve("config.json"));
    Files.copy(folder.resolve("tokenizer.json"), snapshot.resolve("tokenizer.json"));
    Files.createSymbolicLink(
        snapshot.resolve("model.safetensors"), Path.of("../../blobs/" + blob.getFileName()));
    assertThat(BaseModel.load(snapshot.toString()).transformer().parameters()).isEqualTo(25_664);
    Path link = Files.createSymbolicLink(temporary.resolve("linked"), snapshot);
    assertThat(BaseModel.load(link.toString()).transformer().parameters()).isEqualTo(25_664);

    Path elsewhere = Files.move(blob, temporary.resolve("secret"));
    for (String name : new String[] {"model.safetensors", "tokenizer_config.json", "vocab.txt"}) {
      Files.createSymbolicLink(folder.resolve(name), elsewhere);
      assertRefused(name + " is a link out of its folder, to " + elsewhere.toRealPath());
      Files.delete(folder.resolve(name));
    }
  }

  @Test
  void aTiedProjectionMustBeTheTokenTableAndOneThatIsNotTiedBeThere() throws Exception {
    folder = Files.createDirectory(temporary.resolve("qwen2"));
    copy("decoder/qwen2", folder);
    config("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
    assertRefused(
        "tie_word_embeddings of config.json is true, and lm_head.weight is not the token");
    config("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
    Path file = folder.resolve("model.safetensors");
    Map<String, Tensor> tensors = tensors(file);
    tensors.remove("lm_head.weight");
    SafetensorsWriter.write(file, tensors, Map.of());
    assertRefused("has no lm_head.weight, and tie_word_embeddings of config.json is false");
    tensors.put("lm_head.weight", tensors.get("model.embed_tokens.weight"));
    SafetensorsWriter.write(file, tensors, Map.of());
    config("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
    assertThat(BaseModel.load(folder.toString()).transformer().config())
        .isInstanceOfSatisfying(LlamaConfig.class, config -> assertThat(config.tied()).isTrue());
  }

  @Test
  void shardsAndIndexMustBelongTogether() throws Exception {
    folder = Files.createDirectory(temporary.resolve("llama"));
    copy("decoder/llama", folder);
    Path index = folder.resolve("model.safetensors.index.json");
    String text = Files.readString(index);
    Files.writeString(index, text.replace("model.norm.weight", "model.morn.weight"));
    assertRefused("has no tensor 'model.morn.weight', which the index says is there");
    Files.writeString(index, text);
    Files.writeString(
        folder.resolve("model-00001-of-00002.safetensors"),
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 191744\n");
    assertRefused("model-00001-of-00002.safetensors is a git-lfs pointer", "git lfs pull");
  }
}
