package io.github.cola4j.spark.cli.option;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.merged.MergedModel;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.BaseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A model that {@code cola merge} wrote, as an adapter of it that changes nothing: with the task,
 * the classes and the head of the one that was merged.
 */
final class MergedFolder {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String MERGED = "merged";
  private static final String HEAD = "head.safetensors";

  private MergedFolder() {}

  /** Whether a folder is one. */
  static boolean isOne(Path folder) throws IOException {
    return !AdapterStore.isAdapter(folder)
        && Files.isRegularFile(folder.resolve(MergedModel.DESCRIPTION))
        && description(folder).isObject();
  }

  private static JsonNode description(Path folder) throws IOException {
    return MAPPER.readTree(folder.resolve(MergedModel.DESCRIPTION).toFile()).path(MERGED);
  }

  /**
   * Writes the adapter.
   *
   * @param to a folder that is there
   */
  static void write(Path folder, Path to) throws IOException {
    AtomicFile.writeString(
        to.resolve(AdapterStore.DESCRIPTION), MAPPER.writeValueAsString(description(folder)));
    BaseModel base = BaseModel.load(folder.toString());
    // LoRA's B starts at zero
    AdapterConfig config = AdapterConfig.lora(1);
    AdapterStore.Description description =
        AdapterStore.describe(to)
            .withModel(folder.toString())
            .withFingerprint(base.fingerprint())
            .withAdapter(config);
    AdaptedModules modules = new AdaptedModules(base.linears(), config);
    float[] initial = modules.initial(0);
    ParameterLayout layout =
        modules.layout(description.classes().size(), base.transformer().config().hiddenSize());
    float[] theta = Arrays.copyOf(initial, layout.length());
    if (!description.isLanguageModel()) {
      try (Safetensors head = Safetensors.open(folder.resolve(HEAD))) {
        copy(head, layout.entry(AdaptedModules.HEAD_WEIGHT), theta);
        copy(head, layout.entry(AdaptedModules.HEAD_BIAS), theta);
      }
    }
    AdapterStore.save(to, TrainedAdapter.of(description, modules, theta, initial));
  }

  /** Row by row in the file, column by column in θ. */
  private static void copy(Safetensors head, ParameterLayout.Entry entry, float[] theta) {
    boolean vector = entry.columns() == 1;
    float[] rows =
        head.read(
            entry.name(),
            vector ? new long[] {entry.rows()} : new long[] {entry.rows(), entry.columns()});
    for (int r = 0; r < entry.rows(); r++) {
      for (int c = 0; c < entry.columns(); c++) {
        theta[entry.offset() + c * entry.rows() + r] = rows[r * entry.columns() + c];
      }
    }
  }
}
