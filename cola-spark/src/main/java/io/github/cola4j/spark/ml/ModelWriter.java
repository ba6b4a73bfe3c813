package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.adapter.AdapterFolder;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;

/**
 * Writes a model: its adapters, a folder each, and then what Spark writes of its params, without
 * which it is no model.
 */
final class ModelWriter extends MLWriter {
  /** The folder of the adapters. */
  static final String ADAPTERS = "adapters";

  private final List<TrainedAdapter> adapters;
  private final MLWriter params;

  ModelWriter(List<TrainedAdapter> adapters, MLWriter params) {
    this.adapters = adapters;
    this.params = params;
  }

  @Override
  public void saveImpl(String path) {
    for (TrainedAdapter adapter : adapters) {
      Path folder = new Path(new Path(path, ADAPTERS), adapter.description().task());
      AdapterFolder.at(sparkSession(), folder.toString()).save(adapter);
    }
    params.session(sparkSession()).saveImpl(path);
  }
}
