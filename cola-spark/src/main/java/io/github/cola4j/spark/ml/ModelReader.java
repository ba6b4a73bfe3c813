package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.adapter.AdapterFolder;
import io.github.cola4j.spark.ml.params.StageParams;
import io.github.cola4j.spark.model.BaseModelCache;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.MLReader;

/**
 * Reads what {@link ModelWriter} writes.
 *
 * @param <M> the model
 */
final class ModelReader<M extends Model<M> & StageParams<M>> extends MLReader<M> {
  private final BiFunction<M, List<TrainedAdapter>, M> with;
  private final String location;

  /**
   * A reader.
   *
   * @param with gives a model that has its params alone its adapters
   * @param location of the frozen model; null for where it was at training
   */
  ModelReader(BiFunction<M, List<TrainedAdapter>, M> with, String location) {
    this.with = with;
    this.location = location;
  }

  @Override
  public M load(String path) {
    M model = new DefaultParamsReadable<M>() {}.read().session(sparkSession()).load(path);
    if (location != null) {
      model.setModel(location);
    }
    List<AdapterFolder> folders =
        AdapterFolder.in(sparkSession(), new Path(path, ModelWriter.ADAPTERS).toString());
    if (folders.isEmpty()) {
      throw new IllegalArgumentException(
          path + " has no adapters in " + ModelWriter.ADAPTERS + "; write the model again");
    }
    BaseModel base = base(path, model);
    List<TrainedAdapter> adapters =
        folders.stream().map(folder -> folder.loadParameters(base)).toList();
    return with.apply(model, adapters);
  }

  private BaseModel base(String path, M model) {
    try {
      return BaseModelCache.load(model.getModel(), model.weightOptions());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the frozen model of "
              + path
              + " cannot be loaded: "
              + e.getMessage()
              + "; where it is elsewhere now, give its location to "
              + model.getClass().getSimpleName()
              + ".load(path, model)",
          e);
    }
  }
}
