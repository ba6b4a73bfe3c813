package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.adapter.AdapterFolder;
import io.github.cola4j.spark.ml.params.StageParams;
import io.github.cola4j.spark.model.BaseModelCache;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Adapters that {@code cola train} has written, as a model of Spark ML takes them.
 *
 * @param adapters in the order of their tasks
 * @param location of the frozen model
 */
record TrainedFolder(List<TrainedAdapter> adapters, String location) {
  /** The column of the task, where there are several. */
  private static final String TASK = "task";

  /**
   * Reads a folder of adapters, or one adapter's.
   *
   * @param dialogues whether they are to be a language model's, or else classifiers'
   * @param model where the frozen model is now; null for where it was at training
   * @throws IllegalArgumentException if there are none, others than these, or of several models
   */
  static TrainedFolder read(String path, boolean dialogues, String model) {
    List<AdapterFolder> folders = AdapterFolder.in(SparkSession.active(), path);
    if (folders.isEmpty()) {
      throw new IllegalArgumentException(
          path + " has no adapters; name the folder 'adapters' of a job's results, or one in it");
    }
    AdapterStore.Description first = folders.get(0).describe();
    for (AdapterFolder folder : folders) {
      AdapterStore.Description description = folder.describe();
      if (description.isLanguageModel() != dialogues) {
        throw new IllegalArgumentException(
            String.format(
                "adapter %s is %s, which %s reads",
                folder.uri(),
                dialogues ? "a classifier" : "a language model's",
                dialogues
                    ? "ColaClassificationModel.ofAdapters"
                    : "ColaGenerationModel.ofAdapters"));
      }
      if (description.problem() != first.problem()) {
        throw new IllegalArgumentException(
            String.format(
                "adapter %s is of problemType: %s, %s of %s; a model has one kind of prediction:"
                    + " name single adapters' folders",
                folder.uri(),
                description.problem().key(),
                folders.get(0).uri(),
                first.problem().key()));
      }
    }
    String location = model == null ? first.model() : model;
    BaseModel base = BaseModelCache.load(location, first.weightOptions());
    return new TrainedFolder(
        folders.stream().map(folder -> folder.loadParameters(base)).toList(), location);
  }

  /** The columns that all of them have learnt from, by role; null if these differ. */
  Map<String, String> columnsOrNull() {
    List<Map<String, String>> all =
        adapters.stream()
            .map(adapter -> adapter.description().columns())
            .map(columns -> columns == null ? Map.<String, String>of() : columns)
            .distinct()
            .toList();
    return all.size() == 1 ? all.get(0) : null;
  }

  /** Sets a stage's params for the frozen model and the task. */
  <T extends StageParams<T>> T with(T stage) {
    stage.setModel(location);
    var quantization = adapters.get(0).description().quantization();
    if (quantization != null) {
      stage.setQuantize(quantization.toString());
    }
    if (adapters.size() > 1) {
      stage.setTaskCol(TASK);
    }
    return stage;
  }
}
