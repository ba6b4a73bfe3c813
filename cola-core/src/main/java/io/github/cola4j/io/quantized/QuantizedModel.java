package io.github.cola4j.io.quantized;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.TargetModules;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.SmallFile;
import io.github.cola4j.io.weights.BitsAndBytesLayout;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.SafetensorsWriter.Stored;
import io.github.cola4j.io.weights.StoredRemainders;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.QuantizedCopy;
import io.github.cola4j.nn.stored.StoredMatrix;
import io.github.cola4j.nn.weight.Remainder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Writes a model with the weights of its blocks' linear layers quantised, as a Hugging Face folder
 * in bitsandbytes' layout. All other tensors keep their type. One matrix at a time is in memory.
 */
public final class QuantizedModel {
  /** The file that says what was quantised. */
  public static final String DESCRIPTION = "cola4j.json";

  private static final String WEIGHT = ".weight";

  /** Layers that transformers' classes have and this project does not read. */
  private static final Set<String> HEADS = Set.of("pooler", "cls", "classifier");

  private final HuggingFaceModel files;
  private final Quantization type;
  private final QuantizationStart start; // null for none
  private final Set<String> linears; // their weights' names
  private final Set<String> started; // of those with a start
  private String last; // the matrix in memory, which all its tensors are written from
  private StoredMatrix matrix;
  private final Map<String, Remainder> remainders = new TreeMap<>(); // by layer
  private double squares; // of the elements of those weights
  private double plainError; // of their quantisation
  private double error; // the same with the start

  private QuantizedModel(
      HuggingFaceModel files, Quantization type, QuantizationStart start, List<String> linears) {
    this.files = files;
    this.type = type;
    this.start = start;
    this.linears = weights(linears);
    this.started =
        start == null ? Set.of() : weights(new TargetModules(start.targets()).select(linears));
  }

  private static Set<String> weights(List<String> layers) {
    return layers.stream()
        .map(name -> name + WEIGHT)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * What was written.
   *
   * @param matrices how many were quantised
   * @param parameters their elements
   * @param bytes that they take now
   * @param start what a start has made of it; null for none
   */
  public record Summary(int matrices, long parameters, long bytes, Start start) {}

  /**
   * A start of adapters.
   *
   * @param matrices how many have one
   * @param plainError the relative error of their quantisation, ‖W − q(W)‖ / ‖W‖ over all of them
   * @param error the relative error with the start, ‖W − Q − L R‖ / ‖W‖
   */
  public record Start(int matrices, double plainError, double error) {}

  /**
   * Writes the folder.
   *
   * @param folder exists
   * @param location of the model, as {@link HuggingFaceModel#open} takes it
   * @throws IllegalArgumentException if the model is quantised already, or its files are invalid
   */
  public static Summary write(Path folder, String location, Quantization type) {
    return write(folder, location, type, null);
  }

  /**
   * As the method with fewer parameters, with a start of adapters in a file beside the weights. The
   * start of all layers is in memory, and W and what is left of it of one layer.
   *
   * @param start null for none
   * @throws IllegalArgumentException also if a target matches nothing, or a rank is too large
   */
  public static Summary write(
      Path folder, String location, Quantization type, QuantizationStart start) {
    try (HuggingFaceModel files = HuggingFaceModel.open(location)) {
      Weights weights = files.weights();
      if (weights.quantization() != null) {
        throw new IllegalArgumentException(
            location
                + " is quantised to "
                + weights.quantization()
                + " already; take the model's float weights");
      }
      Transformer transformer =
          files.architecture().load(files.config(), new WeightLoader(weights, DataType.FLOAT));
      List<String> linears = transformer.linears().stream().map(FrozenLinear::name).toList();
      QuantizedModel model = new QuantizedModel(files, type, start, linears);
      model.requireRank(transformer.linears());
      Summary summary = model.writeWeights(folder.resolve("model.safetensors"));
      if (start != null) {
        StoredRemainders.write(folder, start.kind().toString(), model.remainders);
      }
      model.writeConfigs(folder, transformer instanceof Decoder);
      return summary;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + folder, e);
    }
  }

  private void requireRank(List<FrozenLinear> layers) {
    for (FrozenLinear layer : layers) {
      int limit = Math.min(layer.in(), layer.out());
      if (started.contains(layer.name() + WEIGHT) && start.rank() > limit) {
        throw new IllegalArgumentException(
            "a start of rank "
                + start.rank()
                + " is above min(in, out) = "
                + limit
                + " of "
                + layer.name()
                + "; take a smaller rank, or targets without this layer");
      }
    }
  }

  private Summary writeWeights(Path file) {
    Weights weights = files.weights();
    Map<String, Stored> tensors = new TreeMap<>();
    long parameters = 0;
    long bytes = 0;
    for (String name : weights.names()) {
      if (!linears.contains(name)) {
        tensors.put(files.originalName(name), Stored.copy(weights, name));
        continue;
      }
      String original = files.originalName(name);
      String layer = original.substring(0, original.length() - WEIGHT.length());
      int out = Math.toIntExact(weights.shape(name)[0]);
      int in = Math.toIntExact(weights.shape(name)[1]);
      Map<String, Stored> made =
          BitsAndBytesLayout.tensors(
              layer, type, out, in, weights.type(name), () -> matrix(name, out, in));
      tensors.putAll(made);
      parameters += (long) out * in;
      bytes += made.values().stream().mapToLong(Stored::bytes).sum();
    }
    SafetensorsWriter.writeStored(file, tensors, Map.of("format", "pt"));
    Start made =
        start == null
            ? null
            : new Start(
                started.size(), Math.sqrt(plainError / squares), Math.sqrt(error / squares));
    return new Summary(linears.size(), parameters, bytes, made);
  }

  private StoredMatrix matrix(String name, int out, int in) {
    if (!name.equals(last)) {
      matrix = null; // the one before makes room
      matrix = started.contains(name) ? split(name, out, in) : plain(name, out, in);
      last = name;
    }
    return matrix;
  }

  private StoredMatrix plain(String name, int out, int in) {
    QuantizedCopy copy = type.copy(out, in);
    files.weights().read(name, copy::setRows, out, in);
    return copy.matrix();
  }

  private StoredMatrix split(String name, int out, int in) {
    Matrix w = Matrix.unset(DataType.FLOAT, out, in);
    files.weights().read(name, w::setRows, out, in);
    SplitMatrix split = SplitMatrix.of(w, type, start, Seeds.of(name));
    String layer = name.substring(0, name.length() - WEIGHT.length());
    if (remainders.put(layer, split.remainder()) == null) {
      squares += split.squares();
      plainError += split.plainError();
      error += split.error();
    }
    return split.quantized();
  }

  private void writeConfigs(Path folder, boolean decoder) throws IOException {
    FloatType stored = files.weights().type(linears.iterator().next());
    files.copyTo(folder, stored, null);
    Path config = folder.resolve("config.json");
    ObjectNode json = (ObjectNode) Safetensors.JSON.readTree(SmallFile.text(config));
    json.set("quantization_config", configuration(stored, decoder));
    write(config, json);
    ObjectNode own = Safetensors.JSON.createObjectNode();
    ObjectNode quantized = own.putObject("quantized").put("type", type.toString());
    if (start != null) {
      ObjectNode made = quantized.putObject("start");
      made.put("init", start.kind().toString())
          .put("rank", start.rank())
          .put("iterations", start.iterations());
      start.targets().forEach(made.putArray("targets")::add);
    }
    quantized.put("model", files.location()).put("fingerprint", files.fingerprint());
    write(folder.resolve(DESCRIPTION), own);
  }

  /** As transformers' {@code BitsAndBytesConfig} writes it. */
  private ObjectNode configuration(FloatType stored, boolean decoder) {
    boolean nf4 = type == Quantization.NF4;
    ObjectNode config = Safetensors.JSON.createObjectNode();
    config
        .put("quant_method", "bitsandbytes")
        .put("load_in_4bit", nf4)
        .put("load_in_8bit", !nf4)
        .put("bnb_4bit_compute_dtype", nf4 && stored != FloatType.F64 ? stored.torch() : "float32")
        .put("bnb_4bit_quant_storage", "uint8")
        .put("bnb_4bit_quant_type", nf4 ? "nf4" : "fp4")
        .put("bnb_4bit_use_double_quant", nf4)
        .put("llm_int8_enable_fp32_cpu_offload", false)
        .put("llm_int8_has_fp16_weight", false)
        .put("llm_int8_threshold", 6.0);
    ArrayNode skipped = config.putArray("llm_int8_skip_modules");
    if (decoder) {
      skipped.add("lm_head");
    } else {
      new TreeSet<>(HEADS).forEach(skipped::add);
    }
    return config;
  }

  private static void write(Path file, ObjectNode json) throws IOException {
    AtomicFile.writeString(
        file, Safetensors.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }
}
