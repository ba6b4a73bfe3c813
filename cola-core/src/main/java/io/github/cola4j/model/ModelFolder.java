package io.github.cola4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.SmallFile;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.OnnxWeights;
import io.github.cola4j.io.weights.QuantizedWeights;
import io.github.cola4j.io.weights.RenamedWeights;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.TensorNames;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.pooling.SentenceTransformers;
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
  private static final String TOKENIZER = "tokenizer.json";
  private static final String PROCESSOR = "preprocessor_config.json";
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

  /**
   * Classes of transformers' tokenizers that give no token types unless they are told to: those
   * that know nothing of the model, of version 4 and 5, and ALBERT's of version 5.
   */
  private static final List<String> GENERIC =
      List.of(
          "PreTrainedTokenizerFast", "TokenizersBackend", "AlbertTokenizer", "AlbertTokenizerFast");

  /** Finds the files, or says which are needed and which there are. */
  static ModelFolder of(String location) {
    Path path;
    try {
      path = Path.of(location);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "expected a model folder or classpath:NAME, got '" + location + "'", e);
    }
    Stream.of(
            List.of(CONFIG, TOKENIZER, PROCESSOR, SAFETENSORS, INDEX, ONNX),
            PROMPT_FILES,
            VOCABULARIES)
        .flatMap(List::stream)
        .forEach(file -> requireInside(path, file));
    List<String> weights =
        Stream.of(SAFETENSORS, INDEX, ONNX).filter(file -> isFile(path, file)).toList();
    boolean inputs = isFile(path, TOKENIZER) || isFile(path, PROCESSOR);
    if (weights.isEmpty() || !isFile(path, CONFIG) || !inputs) {
      throw notComplete(path, TOKENIZER + " (of images " + PROCESSOR + ")");
    }
    Path file = path.resolve(weights.get(0));
    if (!file.endsWith(INDEX)) {
      return new ModelFolder(path, List.of(file), Map.of());
    }
    Map<String, String> index = readIndex(file);
    List<String> shards = index.values().stream().distinct().sorted().toList();
    for (String shard : shards) {
      requireInside(path, shard);
      if (!isFile(path, shard)) {
        throw new IllegalArgumentException(
            file + " names " + shard + ", which is not in the folder; " + content(path));
      }
    }
    return new ModelFolder(path, shards.stream().map(path::resolve).toList(), index);
  }

  private static IllegalArgumentException notComplete(Path path, String inputs) {
    return new IllegalArgumentException(
        String.format(
            "'%s' is not a model folder: it needs %s, %s and one of %s, %s or %s; %s",
            path, CONFIG, inputs, SAFETENSORS, INDEX, ONNX, content(path)));
  }

  /** {@code config.json}. */
  Path config() {
    return path.resolve(CONFIG);
  }

  /**
   * {@link Architecture#inputsFile}.
   *
   * @throws IllegalArgumentException if it is not there
   */
  Path inputs(Architecture architecture) {
    if (!isFile(path, architecture.inputsFile())) {
      throw notComplete(path, architecture.inputsFile());
    }
    return path.resolve(architecture.inputsFile());
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
  void copyConfigs(Path folder, Architecture architecture, FloatType type, String baseName)
      throws IOException {
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
    Path pooling = path.resolve(SentenceTransformers.FOLDER).resolve(SentenceTransformers.CONFIG);
    if (Files.isRegularFile(pooling)) {
      Path target = Files.createDirectories(folder.resolve(SentenceTransformers.FOLDER));
      AtomicFile.copy(pooling, target.resolve(SentenceTransformers.CONFIG));
    }
    if (!architecture.inputNames().isEmpty() && isFile(path, PROMPT_FILES.get(0))) {
      ObjectNode tokenizer = object(path.resolve(PROMPT_FILES.get(0)));
      if (GENERIC.contains(tokenizer.path("tokenizer_class").asText())
          && !tokenizer.has(INPUT_NAMES)) {
        nameInputs(tokenizer, architecture);
        write(folder.resolve(PROMPT_FILES.get(0)), tokenizer);
      }
    }
  }

  private static ObjectNode object(Path file) throws IOException {
    if (Safetensors.JSON.readTree(SmallFile.text(file)) instanceof ObjectNode json) {
      return json;
    }
    throw new IllegalArgumentException(file + ": expected an object");
  }

  private static void nameInputs(ObjectNode tokenizer, Architecture architecture) {
    architecture.inputNames().forEach(tokenizer.putArray(INPUT_NAMES)::add);
  }

  private Stream<Path> vocabularies() {
    return VOCABULARIES.stream().filter(name -> isFile(path, name)).map(path::resolve);
  }

  /**
   * Writes the configurations of a model that has none, and of its tokenizer, which has a
   * tokenizer.json.
   *
   * @param config {@code config.json} as far as the model says it
   */
  static void writeConfigs(
      Path folder, ObjectNode config, Architecture architecture, FloatType type, String baseName)
      throws IOException {
    ObjectNode json = config.put("torch_dtype", type.torch());
    if (baseName != null) {
      json.put(BASE_NAME, baseName);
    }
    write(folder.resolve(CONFIG), json);
    ObjectNode tokenizer = Safetensors.JSON.createObjectNode();
    tokenizer
        .put("tokenizer_class", GENERIC.get(0))
        .put("model_max_length", json.path("max_position_embeddings").intValue())
        .put("pad_token", "[PAD]")
        .put("unk_token", "[UNK]")
        .put("cls_token", "[CLS]")
        .put("sep_token", "[SEP]")
        .put("mask_token", "[MASK]");
    nameInputs(tokenizer, architecture);
    write(folder.resolve(PROMPT_FILES.get(0)), tokenizer);
  }

  private static void write(Path file, ObjectNode json) throws IOException {
    AtomicFile.writeString(
        file, Safetensors.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }

  /** The weights under the names that their architecture gives them. */
  Weights openWeights(Architecture architecture) {
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
        Stream.concat(file.names().stream(), file.unreadable().keySet().stream())
            .filter(name -> index.getOrDefault(name, shard).equals(shard))
            .forEach(name -> addTensor(fileOf, name, file));
      }
      index.forEach((name, shard) -> requireTensor(files.get(shard), name));
      Map<String, RenamedWeights.Place> places = new TreeMap<>();
      Map<String, RenamedWeights.Place> others = new TreeMap<>();
      TensorNames.canonical(path.toString(), fileOf.keySet(), architecture.names(fileOf.keySet()))
          .forEach(
              (name, original) -> {
                Weights file = fileOf.get(original);
                boolean other = file.unreadable().containsKey(original);
                (other ? others : places).put(name, new RenamedWeights.Place(file, original));
              });
      return QuantizedWeights.of(
          new RenamedWeights(path.toString(), places, others, List.copyOf(files.values())));
    } catch (RuntimeException e) {
      files.values().forEach(Weights::close);
      throw e;
    }
  }

  /** A tensor that the index does not name counts too, as transformers loads whole shards. */
  private static void addTensor(Map<String, Weights> fileOf, String name, Weights file) {
    Weights other = fileOf.put(name, file);
    if (other != null) {
      throw new IllegalArgumentException(
          TensorNames.label(name, file.source())
              + " is in "
              + other.source()
              + " too, and the index does not say which one counts");
    }
  }

  private static void requireTensor(Weights shard, String name) {
    if (!shard.names().contains(name) && !shard.unreadable().containsKey(name)) {
      throw new IllegalArgumentException(
          shard.source()
              + " has no tensor '"
              + TensorNames.shown(name)
              + "', which the index says is there; index and shards do not belong together");
    }
  }

  /** Tensor to shard; a shard is a plain file name, so that nothing outside the folder is read. */
  private static Map<String, String> readIndex(Path index) {
    JsonNode map;
    try {
      map = Safetensors.JSON.readTree(SmallFile.bytes(index)).path("weight_map");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(index + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + index + ": " + e, e);
    }
    if (!map.isObject() || map.isEmpty()) {
      throw new IllegalArgumentException(
          index
              + ": expected weight_map, an object from tensor to file, got '"
              + TensorNames.shown(map.toString())
              + "'");
    }
    Map<String, String> shardOf = new TreeMap<>();
    for (var entry : map.properties()) {
      String shard = entry.getValue().asText();
      if (!shard.matches("[^/\\\\:\\p{Cntrl}]+\\.safetensors")) {
        throw new IllegalArgumentException(
            index
                + ": expected a .safetensors file of the same folder for tensor '"
                + TensorNames.shown(entry.getKey())
                + "', got "
                + TensorNames.shown(entry.getValue().toString()));
      }
      shardOf.put(entry.getKey(), shard);
    }
    return shardOf;
  }

  /**
   * Refuses a link out of the folder: who packed the folder would choose a file of this machine to
   * be read, copied and sent to others. Hugging Face's cache alone, whose snapshots are links to
   * {@code models--…/blobs}, may be linked to.
   */
  private static void requireInside(Path folder, String name) {
    Path file = folder.resolve(name);
    try {
      if (!Files.exists(file)) {
        return;
      }
      Path target = file.toRealPath();
      if (!target.startsWith(folder.toRealPath()) && !isBlob(target)) {
        throw new IllegalArgumentException(
            file
                + " is a link out of its folder, to "
                + target
                + ", which only Hugging Face's cache may have; put the file itself there");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  /** Whether this is {@code models--ORGANISATION--NAME/blobs/HASH}. */
  private static boolean isBlob(Path file) {
    int names = file.getNameCount();
    return names >= 3
        && file.getName(names - 1).toString().matches("[0-9a-f]{40}|[0-9a-f]{64}")
        && file.getName(names - 2).toString().equals("blobs")
        && file.getName(names - 3).toString().startsWith("models--");
  }

  private static boolean isFile(Path folder, String name) {
    return Files.isRegularFile(folder.resolve(name));
  }

  private static String listed(Path file) {
    String name = TensorNames.shown(file.getFileName().toString());
    return Files.isRegularFile(file) || Files.isDirectory(file)
        ? name
        : name + " (no regular file)";
  }

  private static String content(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Files.exists(folder) ? "it is a file" : "there is no such folder";
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names = files.map(ModelFolder::listed).sorted().limit(20).toList();
      return names.isEmpty() ? "it is empty" : "it has " + String.join(", ", names);
    } catch (IOException e) {
      return "it cannot be listed: " + e;
    }
  }
}
