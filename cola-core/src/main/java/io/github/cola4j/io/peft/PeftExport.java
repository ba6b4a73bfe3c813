package io.github.cola4j.io.peft;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.BoundAdapter;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Transformer;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes an adapter as HF PEFT loads it onto the unchanged model: {@code adapter_model.safetensors}
 * and {@code adapter_config.json}, and {@code cola4j.json} beside them for what PEFT has no key
 * for.
 *
 * <p>A change of low rank is written as one LoRA of scaling 1. Its factors are made from those of
 * the two GEMMs of CoLA, initial pair included, so it is what CoLA4J computes at evaluation:
 *
 * <pre>ΔW = [s C̃, −s C̃⁰] [Ã; Ã⁰] = U S Vᵀ    lora_A = √S Vᵀ  [R × in]    lora_B = U √S  [out × R]
 * </pre>
 *
 * DoRA has its lengths beside that; other methods with a {@link PeftMapping} are PEFT's own.
 */
public final class PeftExport {
  /** The file that says what was exported. */
  public static final String DESCRIPTION = PeftNames.OWN;

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Which factors a change of low rank gets. */
  public enum Form {
    /** By singular values, with one rank for all modules: programs that serve many know one. */
    ONE_RANK,
    /** By singular values, each module with the rank it needs, in {@code rank_pattern}. */
    RANK_BY_MODULE,
    /** Those of training, stacked; their terms nearly cancel where the start was a large pair. */
    AS_TRAINED
  }

  /**
   * How to write.
   *
   * @param bare without the classifier's head, for a BERT without one
   * @param rank at most this rank, by singular values; null keeps all
   * @param variance the smallest rank that keeps this share of Σσ²; null keeps all
   * @param form which factors
   * @param type of all tensors
   */
  @RecordBuilder
  public record Options(boolean bare, Integer rank, Double variance, Form form, FloatType type)
      implements PeftExportOptionsBuilder.With {
    /** Checks every value. */
    public Options {
      if (rank != null && variance != null) {
        throw new IllegalArgumentException("give a rank or a share of the variance, not both");
      }
      if (rank != null && rank < 1) {
        throw new IllegalArgumentException("the rank must be at least 1, got " + rank);
      }
      if (variance != null && !(variance > 0 && variance <= 1)) {
        throw new IllegalArgumentException(
            "the share of the variance must be above 0 and at most 1, got " + variance);
      }
      if (form == Form.AS_TRAINED && (rank != null || variance != null)) {
        throw new IllegalArgumentException(
            "factors as trained have the rank they have; leave that out, or the rank");
      }
    }

    /** All of it, as one rank in float32. */
    public static Options whole() {
      return new Options(false, null, null, Form.ONE_RANK, FloatType.F32);
    }

    /** Whether small singular values are left out. */
    public boolean truncates() {
      return rank != null || variance != null;
    }
  }

  /**
   * What was written.
   *
   * @param peftType PEFT's name of the method
   * @param modules number of adapted layers
   * @param largestRank of any layer; 0 where the method has none
   * @param oneRank whether all layers have it
   * @param keptVariance the least share of Σσ² that a layer kept; 1 if nothing was left out
   * @param rounding the share of the change, by its norm, that rounding to the type lost; 0 for
   *     float32
   * @param expectation whether pairs are drawn in training, so that this is their expectation
   */
  public record Summary(
      String peftType,
      int modules,
      int largestRank,
      boolean oneRank,
      double keptVariance,
      double rounding,
      boolean expectation) {}

  private final BoundAdapter adapter;
  private final Transformer transformer;
  private final Options options;
  private final String prefix;
  private final boolean classifier;

  private PeftExport(BoundAdapter adapter, Transformer transformer, Options options) {
    this.adapter = adapter;
    this.transformer = transformer;
    this.options = options;
    this.classifier = adapter.hasHead() && !options.bare();
    this.prefix = PeftNames.prefix(transformer.config(), classifier);
  }

  /**
   * Writes the files.
   *
   * @param folder exists
   * @param model what {@code base_model_name_or_path} says
   * @throws IllegalArgumentException if PEFT has nothing that computes what the adapter does
   */
  public static Summary write(
      Path folder, TrainedAdapter stored, Transformer transformer, String model, Options options) {
    try (BoundAdapter adapter = new BoundAdapter(stored, transformer.linears())) {
      return new PeftExport(adapter, transformer, options).write(folder, model);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + folder, e);
    }
  }

  private Summary write(Path folder, String model) throws IOException {
    ObjectNode config = common(model);
    PeftOutput output = new PeftOutput(adapter, options, config, prefix);
    PeftMapping mapping = PeftMappings.of(adapter.modules().config().method());
    (mapping == null ? new LoraMapping() : mapping).write(output);
    Map<String, SafetensorsWriter.Stored> tensors = new LinkedHashMap<>(output.tensors());
    head()
        .forEach(
            (name, tensor) ->
                tensors.put(name, SafetensorsWriter.Stored.of(tensor, options.type())));
    Summary summary =
        new Summary(
            config.get("peft_type").asText(),
            adapter.all().size(),
            output.ranks().values().stream().mapToInt(rank -> rank).max().orElse(0),
            output.ranks().values().stream().distinct().count() <= 1,
            output.kept(),
            output.rounding().share(),
            !Pairings.named(adapter.modules().config().pairing()).isStatic());
    SafetensorsWriter.writeStored(
        folder.resolve(PeftNames.TENSORS), tensors, Map.of("format", "pt"));
    AtomicFile.writeString(
        folder.resolve(PeftNames.CONFIG), MAPPER.writeValueAsString(config) + "\n");
    ObjectNode own = MAPPER.createObjectNode();
    own.set("adapter", AdapterStore.json(adapter.description()));
    own.put("expectation", summary.expectation);
    own.put("keptVariance", summary.keptVariance);
    AtomicFile.writeString(folder.resolve(PeftNames.OWN), MAPPER.writeValueAsString(own) + "\n");
    return summary;
  }

  private Map<String, SafetensorsWriter.Tensor> head() {
    Map<String, SafetensorsWriter.Tensor> tensors = new LinkedHashMap<>();
    if (classifier) {
      String head = PeftNames.WRAPPED + PeftNames.of(transformer.config()).head();
      tensors.put(head + ".weight", adapter.tensor(AdaptedModules.HEAD_WEIGHT));
      if (PeftNames.hasHeadBias(transformer)) {
        tensors.put(head + ".bias", adapter.tensor(AdaptedModules.HEAD_BIAS));
      }
      tensors.putAll(PeftClassifier.savedLayers(Encoder.of(transformer, false)));
    }
    return tensors;
  }

  private ObjectNode common(String model) {
    ObjectNode config = MAPPER.createObjectNode();
    config.put("base_model_name_or_path", model);
    config.put("task_type", PeftNames.taskType(transformer.config(), classifier));
    config.put("inference_mode", true);
    var targets = config.putArray("target_modules");
    adapter.all().forEach(module -> targets.add(module.linear().name()));
    if (classifier) {
      config.putArray("modules_to_save").add(PeftNames.savedModule(transformer.config()));
    } else {
      config.putNull("modules_to_save");
    }
    return config;
  }
}
