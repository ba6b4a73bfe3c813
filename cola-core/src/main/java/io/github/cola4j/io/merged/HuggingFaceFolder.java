package io.github.cola4j.io.merged;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The weights of a Hugging Face folder: {@code model.safetensors}, or shards {@code
 * model-00001-of-0000N.safetensors} and the index that says which tensor is where. Tensors are
 * asked for one at a time, in the order of their names.
 */
final class HuggingFaceFolder {
  private final Path folder;
  private final long shardSize;
  private final FloatType type;
  private final Map<String, SafetensorsWriter.Source> tensors = new TreeMap<>();

  /**
   * A folder to write.
   *
   * @param shardSize bytes of a file at most, unless one tensor alone has more
   * @param type of all weights
   */
  HuggingFaceFolder(Path folder, long shardSize, FloatType type) {
    this.folder = folder;
    this.shardSize = shardSize;
    this.type = type;
  }

  /** Adds a tensor, whose elements are asked for when it is written. */
  void add(String name, long[] shape, Supplier<float[]> elements) {
    tensors.put(name, new SafetensorsWriter.Source(shape, elements));
  }

  /** Writes all of them; returns the number of files. */
  int writeWeights() throws IOException {
    List<Map<String, SafetensorsWriter.Source>> shards = shards();
    Map<String, String> metadata = Map.of("format", "pt");
    if (shards.size() == 1) {
      SafetensorsWriter.writeSources(
          folder.resolve("model.safetensors"), shards.get(0), type, metadata);
      return 1;
    }
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    ObjectNode index = mapper.createObjectNode();
    index.putObject("metadata").put("total_size", shards.stream().mapToLong(this::bytes).sum());
    ObjectNode shardOf = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
      SafetensorsWriter.writeSources(folder.resolve(name), shards.get(i), type, metadata);
      shards.get(i).keySet().forEach(tensor -> shardOf.put(tensor, name));
    }
    AtomicFile.writeString(
        folder.resolve("model.safetensors.index.json"), mapper.writeValueAsString(index) + "\n");
    return shards.size();
  }

  private List<Map<String, SafetensorsWriter.Source>> shards() {
    List<Map<String, SafetensorsWriter.Source>> shards = new ArrayList<>();
    Map<String, SafetensorsWriter.Source> shard = new TreeMap<>();
    for (var tensor : tensors.entrySet()) {
      if (!shard.isEmpty() && bytes(shard) + tensor.getValue().bytes(type) > shardSize) {
        shards.add(shard);
        shard = new TreeMap<>();
      }
      shard.put(tensor.getKey(), tensor.getValue());
    }
    shards.add(shard);
    return shards;
  }

  private long bytes(Map<String, SafetensorsWriter.Source> shard) {
    return shard.values().stream().mapToLong(tensor -> tensor.bytes(type)).sum();
  }
}
