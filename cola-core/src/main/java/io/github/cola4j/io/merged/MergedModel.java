package io.github.cola4j.io.merged;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Merging;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.BoundAdapter;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftNames;
import io.github.cola4j.io.peft.RoundingLoss;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes a model with an adapter merged into its weights as a plain Hugging Face folder. One tensor
 * at a time is in memory beside the model: an adapted layer's is W' of {@link Merging}, any other
 * is read from the model's files and written as it is. A classifier's head goes into {@code
 * head.safetensors}.
 */
public final class MergedModel {
  /** The file that says what was merged. */
  public static final String DESCRIPTION = PeftNames.OWN;

  /**
   * How to write.
   *
   * @param shardSize bytes of a file of weights at most, unless one tensor alone has more
   * @param type of all weights; what is rounded to a half type is no longer exact
   * @param baseName what {@code _name_or_path} of {@code config.json} says; null leaves it
   */
  public record Options(long shardSize, FloatType type, String baseName) {
    /** Float32. */
    public static Options f32(long shardSize) {
      return new Options(shardSize, FloatType.F32, null);
    }
  }

  /**
   * What was written.
   *
   * @param files number of files with weights
   * @param rounding the share of the adapter's change, by its norm, that rounding to the type lost;
   *     0 for float32
   */
  public record Summary(int files, double rounding) {}

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final HuggingFaceModel files;
  private final BoundAdapter adapter;
  private final Options options;
  private final RoundingLoss rounding;

  /** Adapted layers by the name of their weight and, if they have one, of their bias. */
  private final Map<String, Adapter> adapted = new HashMap<>();

  private final PlainClassifier plain; // null for none
  private FrozenLinear last;

  private MergedModel(
      HuggingFaceModel files, Transformer transformer, BoundAdapter adapter, Options options) {
    this.plain = PlainClassifier.of(transformer, adapter.description());
    this.files = files;
    this.adapter = adapter;
    this.options = options;
    this.rounding = new RoundingLoss(options.type());
    for (Adapter module : adapter.all()) {
      adapted.put(module.linear().name() + ".weight", module);
      if (module.linear().bias() != null) {
        adapted.put(module.linear().name() + ".bias", module);
      }
    }
  }

  /**
   * Writes the folder.
   *
   * @param folder exists
   * @param location of the model, as {@link HuggingFaceModel#open} takes it
   * @param transformer the model
   * @throws IllegalArgumentException if no weight does what the adapter does, or a merged weight is
   *     not finite or too large for the type
   */
  public static Summary write(
      Path folder,
      TrainedAdapter stored,
      String location,
      Transformer transformer,
      Options options) {
    try (BoundAdapter adapter = new BoundAdapter(stored, transformer.linears());
        HuggingFaceModel files = HuggingFaceModel.open(location)) {
      if (files.weights().quantization() != null) {
        throw new IllegalArgumentException(
            location
                + " is quantised to "
                + files.weights().quantization()
                + ": an adapter is merged into float weights; train with 'quantize: "
                + files.weights().quantization()
                + "' on the model's float weights to merge into them");
      }
      return new MergedModel(files, transformer, adapter, options).write(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + folder, e);
    }
  }

  private Summary write(Path folder) throws IOException {
    HuggingFaceFolder target = new HuggingFaceFolder(folder, options.shardSize(), options.type());
    Weights weights = files.weights();
    for (String name : weights.names()) {
      String written = plain == null ? files.originalName(name) : plain.name(files, name);
      if (plain == null || !plain.isHead(written)) {
        target.add(written, weights.shape(name), () -> tensor(name));
      }
    }
    if (plain != null) {
      plain.tensors(adapter).forEach((name, head) -> target.add(name, head.shape(), head::data));
    }
    int count = target.writeWeights();
    files.copyTo(folder, options.type(), options.baseName());
    if (plain != null) {
      plain.writeConfig(folder.resolve("config.json"), adapter.description());
    }
    if (adapter.hasHead()) {
      SafetensorsWriter.write(
          folder.resolve("head.safetensors"),
          Map.of(
              AdaptedModules.HEAD_WEIGHT, adapter.tensor(AdaptedModules.HEAD_WEIGHT),
              AdaptedModules.HEAD_BIAS, adapter.tensor(AdaptedModules.HEAD_BIAS)),
          options.type(),
          Map.of("format", "pt"));
    }
    ObjectNode own = MAPPER.createObjectNode();
    own.set("merged", AdapterStore.json(adapter.description()));
    AtomicFile.writeString(folder.resolve(PeftNames.OWN), MAPPER.writeValueAsString(own) + "\n");
    return new Summary(count, rounding.share());
  }

  /** A tensor's elements, row-major. */
  private float[] tensor(String name) {
    Adapter module = adapted.get(name);
    if (module == null) {
      return files.weights().read(name, files.weights().shape(name));
    }
    if (last == null || !last.name().equals(module.linear().name())) {
      adapter.pass().startEvaluation();
      last = Merging.merge(adapter.pass(), module);
    }
    boolean bias = name.endsWith(".bias");
    float[] merged = elements(last, bias);
    if (options.type() != FloatType.F32) {
      rounding.add(merged, elements(module.linear(), bias));
    }
    return merged;
  }

  private static float[] elements(FrozenLinear linear, boolean bias) {
    return bias ? linear.bias().toArray() : linear.weight().rows(0, linear.out());
  }
}
