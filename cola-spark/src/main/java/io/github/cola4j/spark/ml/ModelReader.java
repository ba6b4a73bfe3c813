package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.adapter.AdapterFolder;
import io.github.cola4j.spark.model.BaseModelCache;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.MLReader;

/** Reads what {@link ModelWriter} writes. */
final class ModelReader extends MLReader<ColaClassificationModel> {
  private final String location;

  /**
   * A reader.
   *
   * @param location of the frozen model; null for where it was at training
   */
  ModelReader(String location) {
    this.location = location;
  }

  @Override
  public ColaClassificationModel load(String path) {
    ColaClassificationModel model =
        new DefaultParamsReadable<ColaClassificationModel>() {}.read()
            .session(sparkSession())
            .load(path);
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
    return model.with(adapters);
  }

  private static BaseModel base(String path, ColaClassificationModel model) {
    try {
      return BaseModelCache.load(model.getModel(), model.weightOptions());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the frozen model of "
              + path
              + " cannot be loaded: "
              + e.getMessage()
              + "; where it is elsewhere now, give its location to"
              + " ColaClassificationModel.load(path, model)",
          e);
    }
  }
}
