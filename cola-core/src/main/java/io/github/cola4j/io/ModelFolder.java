package io.github.cola4j.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.model.BertConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a model folder.
 *
 * @param weightFiles the file or the shards the weights are in, in the order of their names
 * @param index tensor to the name of its shard; empty if there is one file
 */
record ModelFolder(Path path, List<Path> weightFiles, Map<String, String> index) {
  private static final String CONFIG = "config.json";
  static final String TOKENIZER = "tokenizer.json";
  private static final String SAFETENSORS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String ONNX = "model.onnx";
  private static final List<String> PROMPT_FILES =
      List.of(
          "tokenizer_config.json",
          "special_tokens_map.json",
          "generation_config.json",
          "chat_template.jinja");

  private static final List<String> VOCABULARIES =
      List.of("vocab.txt", "vocab.json", "merges.txt", "tokenizer.model", "added_tokens.json");

  private static final String BASE_NAME = "_name_or_path";
  private static final String INPUT_NAMES = "model_input_names";

  /** Classes of transformers' tokenizers that know nothing of the model, of version 4 and 5. */
  private static final List<String> GENERIC =
      List.of("PreTrainedTokenizerFast", "TokenizersBackend");

  /** Finds the files, or says which are needed and which there are. */
  static ModelFolder of(String location) {
    Path path;
    try {
      path = Path.of(location);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "expected a model folder or classpath:NAME, got '" + location + "'", e);
    }
    List<String> weights =
        Stream.of(SAFETENSORS, INDEX, ONNX).filter(file -> isFile(path, file)).toList();
    if (weights.isEmpty() || !isFile(path, CONFIG) || !isFile(path, TOKENIZER)) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' is not a model folder: it needs %s, %s and one of %s, %s or %s; %s",
              location, CONFIG, TOKENIZER, SAFETENSORS, INDEX, ONNX, content(path)));
    }
    Path file = path.resolve(weights.get(0));
    if (!file.endsWith(INDEX)) {
      return new ModelFolder(path, List.of(file), Map.of());
    }
    Map<String, String> index = readIndex(file);
    List<String> shards = index.values().stream().distinct().sorted().toList();
    for (String shard : shards) {
      if (!isFile(path, shard)) {
        throw new IllegalArgumentException(
            file + " names " + shard + ", which is not in the folder; " + content(path));
      }
    }
    return new ModelFolder(path, shards.stream().map(path::resolve).toList(), index);
  }

  /** {@code config.json}. */
  Path config() {
    return path.resolve(CONFIG);
  }

  /** {@code tokenizer.json}. */
  Path tokenizer() {
    return path.resolve(TOKENIZER);
  }

  /** Those files that say how a decoder's prompts are written. */
  List<Path> promptFiles() {
    return PROMPT_FILES.stream().filter(name -> isFile(path, name)).map(path::resolve).toList();
  }

  /**
   * Copies configuration, tokenizer and prompts' files into another folder.
   *
   * @param type of the weights there
   * @param baseName what the configuration says where it is from; null leaves it
   */
  void copyConfigs(Path folder, FloatType type, String baseName) throws IOException {
    ObjectNode json = object(config());
    List<String> keys = Stream.of("torch_dtype", "dtype").filter(json::has).toList();
    for (String key : keys.isEmpty() && type != FloatType.F32 ? List.of("torch_dtype") : keys) {
      json.put(key, type.torch());
    }
    if (baseName != null) {
      json.put(BASE_NAME, baseName);
    }
    write(folder.resolve(CONFIG), json);
    for (Path file : Stream.concat(promptFiles().stream(), vocabularies()).toList()) {
      AtomicFile.copy(file, folder.resolve(file.getFileName()));
    }
    if (json.path("model_type").asText().equals("bert") && isFile(path, PROMPT_FILES.get(0))) {
      ObjectNode tokenizer = object(path.resolve(PROMPT_FILES.get(0)));
      if (GENERIC.contains(tokenizer.path("tokenizer_class").asText())
          && !tokenizer.has(INPUT_NAMES)) {
        nameInputs(tokenizer);
        write(folder.resolve(PROMPT_FILES.get(0)), tokenizer);
      }
    }
  }

  private static ObjectNode object(Path file) throws IOException {
    if (Safetensors.JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode json) {
      return json;
    }
    throw new IllegalArgumentException(file + ": expected an object");
  }

  /** Without them a generic tokenizer gives no token types, and all of a pair gets the first's. */
  private static void nameInputs(ObjectNode tokenizer) {
    List.of("input_ids", "token_type_ids", "attention_mask")
        .forEach(tokenizer.putArray(INPUT_NAMES)::add);
  }

  private Stream<Path> vocabularies() {
    return VOCABULARIES.stream().filter(name -> isFile(path, name)).map(path::resolve);
  }

  /** Writes the configurations of a BERT and its tokenizer, which has a tokenizer.json. */
  static void writeConfigs(Path folder, BertConfig bert, FloatType type, String baseName)
      throws IOException {
    ObjectNode json = Safetensors.JSON.createObjectNode();
    json.putArray("architectures").add("BertModel");
    json.put("model_type", bert.modelType())
        .put("vocab_size", bert.vocabSize())
        .put("hidden_size", bert.hiddenSize())
        .put("num_hidden_layers", bert.layers())
        .put("num_attention_heads", bert.heads())
        .put("intermediate_size", bert.intermediateSize())
        .put("max_position_embeddings", bert.maxPositions())
        .put("type_vocab_size", bert.typeVocabSize())
        .put("layer_norm_eps", bert.layerNormEps())
        .put("hidden_act", "gelu")
        .put("position_embedding_type", "absolute")
        .put("torch_dtype", type.torch());
    if (baseName != null) {
      json.put(BASE_NAME, baseName);
    }
    write(folder.resolve(CONFIG), json);
    ObjectNode tokenizer = Safetensors.JSON.createObjectNode();
    tokenizer
        .put("tokenizer_class", GENERIC.get(0))
        .put("model_max_length", bert.maxPositions())
        .put("pad_token", "[PAD]")
        .put("unk_token", "[UNK]")
        .put("cls_token", "[CLS]")
        .put("sep_token", "[SEP]")
        .put("mask_token", "[MASK]");
    nameInputs(tokenizer);
    write(folder.resolve(PROMPT_FILES.get(0)), tokenizer);
  }

  private static void write(Path file, ObjectNode json) throws IOException {
    AtomicFile.writeString(
        file, Safetensors.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }

  /** The weights under their canonical names. */
  Weights openWeights() {
    if (weightFiles.get(0).endsWith(ONNX)) {
      return OnnxWeights.open(weightFiles.get(0));
    }
    Map<String, Weights> files = new TreeMap<>();
    try {
      Map<String, Weights> fileOf = new TreeMap<>();
      for (Path path : weightFiles) {
        String shard = path.getFileName().toString();
        Weights file = Safetensors.open(path);
        files.put(shard, file);
        for (String name : file.names()) {
          if (index.isEmpty() || shard.equals(index.get(name))) {
            fileOf.put(name, file);
          }
        }
      }
      Map<String, RenamedWeights.Place> places = new TreeMap<>();
      TensorNames.canonical(path.toString(), fileOf.keySet())
          .forEach(
              (name, original) ->
                  places.put(name, new RenamedWeights.Place(fileOf.get(original), original)));
      return new RenamedWeights(path.toString(), places, List.copyOf(files.values()));
    } catch (RuntimeException e) {
      files.values().forEach(Weights::close);
      throw e;
    }
  }

  /** Tensor to shard; a shard is a plain file name, so that nothing outside the folder is read. */
  private static Map<String, String> readIndex(Path index) {
    JsonNode map;
    try {
      map = Safetensors.JSON.readTree(Files.readAllBytes(index)).path("weight_map");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(index + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + index + ": " + e, e);
    }
    if (!map.isObject() || map.isEmpty()) {
      throw new IllegalArgumentException(
          index + ": expected weight_map, an object from tensor to file, got '" + map + "'");
    }
    Map<String, String> shardOf = new TreeMap<>();
    for (var entry : map.properties()) {
      String shard = entry.getValue().asText();
      if (!shard.matches("[^/\\\\:]+\\.safetensors")) {
        throw new IllegalArgumentException(
            index
                + ": expected a .safetensors file of the same folder for tensor '"
                + entry.getKey()
                + "', got "
                + entry.getValue());
      }
      shardOf.put(entry.getKey(), shard);
    }
    return shardOf;
  }

  private static boolean isFile(Path folder, String name) {
    return Files.isRegularFile(folder.resolve(name));
  }

  private static String content(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Files.exists(folder) ? "it is a file" : "there is no such folder";
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names =
          files.map(file -> file.getFileName().toString()).sorted().limit(20).toList();
      return names.isEmpty() ? "it is empty" : "it has " + String.join(", ", names);
    } catch (IOException e) {
      return "it cannot be listed: " + e;
    }
  }
}
