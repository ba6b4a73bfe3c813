package io.github.cola4j.io.adapter;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's adapter in a folder: {@code adapter.json} (what it is) and {@code adapter.safetensors}
 * (its numbers). Tensors are {@code <module>.A.<i>} [r, in], {@code <module>.B.<j>} [out, r], what
 * else a method has by its own name, the head's, and under {@code initial.} what was there at step
 * 0: what is not zero of a method's own, and the factors whose product is subtracted; one equal to
 * the one before it is left out, and so are those of a module whose product starts at zero.
 */
public final class AdapterStore {
  /** The file that says what an adapter is. */
  public static final String DESCRIPTION = "adapter.json";

  /** The file of its numbers. */
  public static final String TENSORS = "adapter.safetensors";

  private static final Logger LOG = LoggerFactory.getLogger(AdapterStore.class);
  private static final String INITIAL = "initial.";
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private AdapterStore() {}

  /**
   * What an adapter is.
   *
   * @param format version of this format, 1
   * @param task the task's name
   * @param classes the labels by number; empty for a language model
   * @param model where the frozen model was
   * @param fingerprint SHA-256 of the frozen model
   * @param maxLength tokens of a text at most
   * @param adapter how layers are adapted
   * @param prompt how a language model's dialogues are written; null for a classifier
   * @param provenance what it was trained with; null where that is not known
   * @param quantization what the frozen layers' weights were quantised to; null for none
   * @param pooling how a classifier makes embeddings of texts; null where it has none: the mean
   * @param columns the columns that it learnt from, by role, as {@code text} and {@code label} of a
   *     classifier; null where that is not known
   * @param problemType what a classifier's labels are; null for one class a text
   * @param preference of a language model that learnt which answers are preferred, how; null of
   *     others
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @RecordBuilder
  public record Description(
      int format,
      String task,
      List<String> classes,
      String model,
      String fingerprint,
      int maxLength,
      AdapterConfig adapter,
      PromptConfig prompt,
      Provenance provenance,
      Quantization quantization,
      Pooling pooling,
      Map<String, String> columns,
      ProblemType problemType,
      PreferenceConfig preference)
      implements Serializable, AdapterStoreDescriptionBuilder.With {

    /** An adapter from elsewhere. */
    public Description(
        int format,
        String task,
        List<String> classes,
        String model,
        String sha256,
        int maxLength,
        AdapterConfig adapter,
        PromptConfig prompt) {
      this(
          format, task, classes, model, sha256, maxLength, adapter, prompt, null, null, null, null,
          null, null);
    }

    /** What the adapter was trained for. */
    @JsonIgnore
    public boolean isLanguageModel() {
      return prompt != null;
    }

    /** What a classifier's labels are. */
    @JsonIgnore
    public ProblemType problem() {
      return problemType == null ? ProblemType.SINGLE_LABEL : problemType;
    }

    /** How to load the base so that its weights are those the adapter was trained on. */
    @JsonIgnore
    public WeightOptions weightOptions() {
      return new WeightOptions(Precision.FLOAT32, quantization);
    }

    /** The same, trained on data of this SHA-256. */
    public Description withData(String sha256) {
      Provenance known = provenance == null ? new Provenance(null, null, null) : provenance;
      return withProvenance(new Provenance(known.version(), known.seed(), sha256));
    }

    /**
     * What is worth a word where the base's weights are others than those the adapter was trained
     * on; null if they are the same.
     *
     * @param present what they are quantised to; null for none
     */
    public String quantizationNotice(Quantization present) {
      return present == quantization
          ? null
          : String.format(
              "adapter of task '%s' was trained on weights %s, the model's are %s: its answers may"
                  + " differ a little",
              task, described(quantization), described(present));
    }

    private static String described(Quantization type) {
      return type == null ? "not quantised" : "quantised to " + type;
    }

    /**
     * Refuses another model than the one the adapter was trained on.
     *
     * @param place where the adapter is, for the message
     * @param location the model's, for the message
     */
    public void requireModel(Object place, String location, String modelFingerprint) {
      if (!modelFingerprint.equals(fingerprint)) {
        throw new IllegalArgumentException(
            "adapter "
                + place
                + " was trained on another model (SHA-256 "
                + fingerprint
                + ") than "
                + location
                + " ("
                + modelFingerprint
                + "); name the right one with --model");
      }
    }
  }

  /**
   * Writes an adapter with its moments; a file is there completely or not at all, and the
   * description comes last.
   *
   * @param folder created if missing
   */
  public static void save(Path folder, TrainedAdapter adapter) {
    ParameterLayout layout = adapter.layout();
    AdapterConfig config = adapter.description().adapter();
    Map<String, SafetensorsWriter.Tensor> tensors = new LinkedHashMap<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      int blocks = blocks(config, entry);
      if (blocks == 0) {
        tensors.put(tensor(entry), whole(entry, adapter.theta()));
        if (entry.kind() != Kind.HEAD && !isZero(adapter.initial(), entry)) {
          tensors.put(INITIAL + tensor(entry), whole(entry, adapter.initial()));
        }
      } else {
        for (int i = 0; i < blocks; i++) {
          tensors.put(name(entry, i), block(entry, adapter.theta(), i, blocks));
        }
        for (int i = 0; i < blocks && hasInitial(adapter, entry); i++) {
          if (i == 0 || !sameAsBefore(entry, adapter.initial(), i, blocks)) {
            tensors.put(INITIAL + name(entry, i), block(entry, adapter.initial(), i, blocks));
          }
        }
      }
    }
    try {
      Files.createDirectories(folder);
      SafetensorsWriter.write(folder.resolve(TENSORS), tensors, Map.of("format", "pt"));
      if (adapter.moments().isPresent()) {
        adapter.moments().get().save(folder, layout);
      } else { // those of another adapter, which was here before
        Files.deleteIfExists(folder.resolve(AdapterMoments.FILE));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the adapter " + folder, e);
    }
    saveDescription(folder, adapter.description());
  }

  /**
   * Writes what an adapter is, without its numbers. Where this works, before training, {@link
   * #save} does not fail for a name or label that cannot be written.
   *
   * @param folder created if missing
   */
  public static void saveDescription(Path folder, Description description) {
    try {
      Files.createDirectories(folder);
      AtomicFile.writeString(
          folder.resolve(DESCRIPTION), MAPPER.writeValueAsString(description) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the adapter " + folder, e);
    }
  }

  /** A description as JSON. */
  public static JsonNode json(Description description) {
    return MAPPER.valueToTree(description);
  }

  /** Whether a folder holds an adapter. */
  public static boolean isAdapter(Path folder) {
    return Files.isRegularFile(folder.resolve(DESCRIPTION));
  }

  /**
   * Reads what an adapter is.
   *
   * @throws IllegalArgumentException if the folder holds none, or one of another format
   */
  public static Description describe(Path folder) {
    Path file = folder.resolve(DESCRIPTION);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + " holds no adapter: expected " + DESCRIPTION + " and " + TENSORS);
    }
    Description description;
    try {
      description = MAPPER.readValue(file.toFile(), Description.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + " is not a description of an adapter: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    if (description == null
        || description.format() != 1
        || description.classes() == null
        || description.classes().isEmpty() != description.isLanguageModel()
        || description.adapter() == null) {
      throw new IllegalArgumentException(
          file
              + ": expected format 1 with adapter, and with classes or a prompt, got "
              + (description == null ? "null" : "format " + description.format()));
    }
    return description;
  }

  /**
   * Reads an adapter of a model, with its moments where there are any.
   *
   * @throws IllegalArgumentException if it is of another model, or a tensor is missing or has
   *     another shape
   */
  public static TrainedAdapter load(Path folder, BaseModel model) {
    return withMoments(folder, loadParameters(folder, model));
  }

  /**
   * Reads an adapter, with its moments where there are any.
   *
   * @param linears the layers of the model it is for
   * @param features d, the embedding's width
   * @throws IllegalArgumentException if a tensor is missing or has another shape
   */
  public static TrainedAdapter load(Path folder, List<FrozenLinear> linears, int features) {
    return withMoments(folder, loadParameters(folder, linears, features));
  }

  /** An adapter with the moments that its folder has. */
  public static TrainedAdapter withMoments(Path folder, TrainedAdapter adapter) {
    AdapterMoments moments = AdapterMoments.load(folder, adapter.layout());
    return moments == null ? adapter : adapter.withMoments(moments);
  }

  /** As {@link #load(Path, BaseModel)}, without moments, which only training needs. */
  public static TrainedAdapter loadParameters(Path folder, BaseModel model) {
    Description description = describe(folder);
    description.requireModel(folder, model.location(), model.fingerprint());
    String notice = description.quantizationNotice(model.quantization());
    if (notice != null) {
      LOG.warn(notice);
    }
    return loadParameters(folder, model.linears(), model.transformer().config().hiddenSize());
  }

  private static TrainedAdapter loadParameters(
      Path folder, List<FrozenLinear> linears, int features) {
    Description description = describe(folder);
    ParameterLayout factors = new AdaptedModules(linears, description.adapter()).layout();
    return loadParameters(folder, factors.withHead(description.classes().size(), features));
  }

  /** As {@link #load}, without moments, where its layout with its head is known. */
  public static TrainedAdapter loadParameters(Path folder, ParameterLayout layout) {
    Description description = describe(folder);
    float[] theta = new float[layout.length()];
    float[] initial = new float[layout.lengthOfFactors()];
    try (Safetensors file = Safetensors.open(folder.resolve(TENSORS))) {
      for (ParameterLayout.Entry entry : layout.entries()) {
        int blocks = blocks(description.adapter(), entry);
        if (blocks == 0) {
          readWhole(file, tensor(entry), entry, theta);
          if (file.names().contains(INITIAL + tensor(entry))) {
            readWhole(file, INITIAL + tensor(entry), entry, initial);
          }
        } else {
          boolean has = file.names().contains(INITIAL + name(entry, 0));
          for (int i = 0; i < blocks; i++) {
            read(file, name(entry, i), entry, theta, i, blocks);
            String start = INITIAL + name(entry, i);
            if (file.names().contains(start)) {
              read(file, start, entry, initial, i, blocks);
            } else if (has) {
              int size = entry.length() / blocks;
              int from = entry.offset() + (i - 1) * size;
              System.arraycopy(initial, from, initial, from + size, size);
            }
          }
        }
      }
    }
    return new TrainedAdapter(description, layout, theta, initial);
  }

  /** How many A_i or B_j a parameter holds side by side; 0 for one that is neither. */
  private static int blocks(AdapterConfig config, ParameterLayout.Entry entry) {
    return entry.name().endsWith("/A") ? config.a() : entry.name().endsWith("/B") ? config.b() : 0;
  }

  private static String name(ParameterLayout.Entry entry, int block) {
    return tensor(entry) + "." + block;
  }

  private static String tensor(ParameterLayout.Entry entry) {
    return entry.name().replace('/', '.');
  }

  /** A block of columns: B_j [out × r] becomes [out, r], A_iᵀ [in × r] becomes A_i [r, in]. */
  private static SafetensorsWriter.Tensor block(
      ParameterLayout.Entry entry, float[] vector, int block, int blocks) {
    int rank = entry.columns() / blocks;
    int from = entry.offset() + block * entry.rows() * rank;
    float[] columns = Arrays.copyOfRange(vector, from, from + entry.rows() * rank);
    return entry.kind() == Kind.A
        ? new SafetensorsWriter.Tensor(new long[] {rank, entry.rows()}, columns)
        : new SafetensorsWriter.Tensor(
            new long[] {entry.rows(), rank}, transpose(columns, entry.rows(), rank));
  }

  private static void read(
      Safetensors file,
      String name,
      ParameterLayout.Entry entry,
      float[] vector,
      int block,
      int blocks) {
    int rank = entry.columns() / blocks;
    float[] columns =
        entry.kind() == Kind.A
            ? file.read(name, rank, entry.rows())
            : transpose(file.read(name, entry.rows(), rank), rank, entry.rows());
    System.arraycopy(columns, 0, vector, entry.offset() + block * columns.length, columns.length);
  }

  private static SafetensorsWriter.Tensor whole(ParameterLayout.Entry entry, float[] vector) {
    float[] columns = Arrays.copyOfRange(vector, entry.offset(), entry.offset() + entry.length());
    return new SafetensorsWriter.Tensor(
        shape(entry), transpose(columns, entry.rows(), entry.columns()));
  }

  private static long[] shape(ParameterLayout.Entry entry) {
    return entry.columns() == 1
        ? new long[] {entry.rows()}
        : new long[] {entry.rows(), entry.columns()};
  }

  private static void readWhole(
      Safetensors file, String name, ParameterLayout.Entry entry, float[] vector) {
    float[] columns = transpose(file.read(name, shape(entry)), entry.columns(), entry.rows());
    System.arraycopy(columns, 0, vector, entry.offset(), columns.length);
  }

  /** Column-major [rows × columns] to row-major; with swapped sizes, the way back. */
  private static float[] transpose(float[] elements, int rows, int columns) {
    float[] transposed = new float[elements.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        transposed[i * columns + j] = elements[j * rows + i];
      }
    }
    return transposed;
  }

  private static boolean sameAsBefore(
      ParameterLayout.Entry entry, float[] vector, int block, int blocks) {
    int size = entry.length() / blocks;
    int from = entry.offset() + block * size;
    return Arrays.equals(vector, from, from + size, vector, from - size, from);
  }

  /** Whether the module's initial product is not zero by construction. */
  private static boolean hasInitial(TrainedAdapter adapter, ParameterLayout.Entry entry) {
    String module = entry.name().substring(0, entry.name().lastIndexOf('/'));
    return adapter.layout().entries().stream()
        .filter(other -> other.name().startsWith(module + "/"))
        .filter(other -> blocks(adapter.description().adapter(), other) > 0)
        .allMatch(other -> !isZero(adapter.initial(), other));
  }

  private static boolean isZero(float[] vector, ParameterLayout.Entry entry) {
    return IntStream.range(entry.offset(), entry.offset() + entry.length())
        .allMatch(i -> vector[i] == 0);
  }
}
