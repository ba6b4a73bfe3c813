package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A decoder in shards of BF16 or F16 is the one in float32, but for the rounding of its weights.
 */
class StoredTypesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int[] IDS = {5, 17, 99, 3, 250, 42, 8};

  @TempDir Path folder;

  private static Path golden(String name) {
    return Path.of(Goldens.path("decoder/" + name + "/model"));
  }

  private static List<String> types(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(header);
    List<String> types = new ArrayList<>();
    JSON.readTree(header)
        .fields()
        .forEachRemaining(e -> types.add(e.getValue().path("dtype").asText()));
    types.removeIf(String::isEmpty); // __metadata__
    return types;
  }

  @Test
  void theGoldenModelsAreStoredAsPublishedOnesAre() throws IOException {
    assertThat(types(golden("mistral").resolve("model.safetensors"))).containsOnly("BF16");
    assertThat(golden("llama").resolve("model.safetensors")).doesNotExist();
    JsonNode index =
        JSON.readTree(golden("llama").resolve("model.safetensors.index.json").toFile());
    Map<String, Long> shards = new TreeMap<>();
    index.required("weight_map").forEach(shard -> shards.merge(shard.asText(), 1L, Long::sum));
    assertThat(shards).hasSize(2);
    try (HuggingFaceModel files = HuggingFaceModel.open(golden("llama").toString())) {
      assertThat(files.weights().names())
          .hasSize((int) shards.values().stream().mapToLong(Long::longValue).sum());
      assertThat(shards.values()).allMatch(tensors -> tensors < files.weights().names().size());
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, 8", "F16, 11"})
  void shardsOfHalfTheWidthAreTheSameModelButForRounding(String type, int precision)
      throws IOException {
    Path golden = golden("llama");
    for (String file : List.of("config.json", "tokenizer.json")) {
      Files.copy(golden.resolve(file), folder.resolve(file));
    }
    try (HuggingFaceModel wide = HuggingFaceModel.open(golden.toString())) {
      writeShards(wide.weights(), type);
      try (HuggingFaceModel half = HuggingFaceModel.open(folder.toString())) {
        assertThat(half.weights().names()).isEqualTo(wide.weights().names());
        for (String name : wide.weights().names()) {
          float[] expected = wide.weights().read(name, wide.weights().shape(name));
          float[] actual = half.weights().read(name, half.weights().shape(name));
          for (int i = 0; i < expected.length; i++) {
            double rounding = Math.scalb(Math.abs(expected[i]), -precision) + 0x1p-25;
            assertThat((double) Math.abs(actual[i] - expected[i])).isLessThanOrEqualTo(rounding);
          }
        }
        float[] logits = logits(wide);
        assertThat(Matrices.distance(doubles(logits(half)), doubles(logits)))
            .isBetween(1e-6, Math.scalb(16.0, -precision));
      }
    }
    for (String shard : List.of("a.safetensors", "b.safetensors")) {
      assertThat(types(folder.resolve(shard))).isNotEmpty().containsOnly(type);
    }
  }

  @Test
  void aDecodersFingerprintCoversItsPrompts() throws IOException {
    try (Stream<Path> files = Files.list(golden("qwen2"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    String before = fingerprint(folder);
    assertThat(before).isEqualTo(fingerprint(golden("qwen2")));
    Files.writeString(folder.resolve("README.md"), "of no effect");
    assertThat(fingerprint(folder)).isEqualTo(before);
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
    assertThat(fingerprint(folder)).isNotEqualTo(before);
  }

  private static String fingerprint(Path model) {
    try (HuggingFaceModel files = HuggingFaceModel.open(model.toString())) {
      return files.fingerprint();
    }
  }

  private static double[] doubles(float[] floats) {
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }

  private static float[] logits(HuggingFaceModel files) {
    LlamaDecoder decoder =
        new LlamaDecoder((LlamaConfig) files.config(), files.weights(), DataType.FLOAT);
    TokenBatch batch = new TokenBatch(IDS, new int[IDS.length], new int[] {0, IDS.length});
    try (Pass pass = new Pass(DataType.FLOAT)) {
      pass.startEvaluation();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), 1);
      decoder.encode(pass, Adapters.NONE, batch, new int[] {IDS.length - 1}, hidden);
      return decoder.head().logits(pass, hidden).toArray();
    }
  }

  /** Two shards and their index, tensors dealt out by turns. */
  private void writeShards(Weights weights, String type) throws IOException {
    Map<String, List<String>> shards = new TreeMap<>();
    int turn = 0;
    for (String name : weights.names()) {
      String shard = turn++ % 2 == 0 ? "a.safetensors" : "b.safetensors";
      shards.computeIfAbsent(shard, none -> new ArrayList<>()).add(name);
    }
    Map<String, String> shardOf = new TreeMap<>();
    for (var shard : shards.entrySet()) {
      Files.write(folder.resolve(shard.getKey()), shard(weights, shard.getValue(), type));
      shard.getValue().forEach(name -> shardOf.put(name, shard.getKey()));
    }
    Files.write(
        folder.resolve("model.safetensors.index.json"),
        JSON.writeValueAsBytes(Map.of("weight_map", shardOf)));
  }

  private static byte[] shard(Weights weights, List<String> names, String type) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    int end = 0;
    for (String name : names) {
      long[] shape = weights.shape(name);
      int begin = end;
      end += 2 * (int) Arrays.stream(shape).reduce(1, (x, y) -> x * y);
      header.put(
          name, Map.of("dtype", type, "shape", shape, "data_offsets", new int[] {begin, end}));
    }
    byte[] json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    for (String name : names) {
      for (float element : weights.read(name, weights.shape(name))) {
        bytes.putShort(type.equals("F16") ? f16(element) : bf16(element));
      }
    }
    return bytes.array();
  }

  /** The upper half of a float32, rounded to nearest. */
  private static short bf16(float x) {
    return (short) ((Float.floatToIntBits(x) + 0x8000) >>> 16);
  }

  /** Binary16 of a number below 65,504, rounded to nearest. */
  private static short f16(float x) {
    float magnitude = Math.abs(x);
    int exponent = Math.max(Math.getExponent(magnitude), -14);
    int steps = Math.round(Math.scalb(magnitude, 10 - exponent)); // of 2^(exponent - 10)
    int bits = steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024);
    return (short) (bits | (x < 0 ? 0x8000 : 0));
  }
}
