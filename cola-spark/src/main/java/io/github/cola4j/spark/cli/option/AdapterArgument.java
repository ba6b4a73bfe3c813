package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.job.LocalFolder;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A stored adapter and its frozen model. */
public final class AdapterArgument {
  @Parameters(
      paramLabel = "ADAPTER",
      description = "An adapter's folder, such as OUTPUT/adapters/TASK; a path or URI.")
  private String folder;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The adapter's frozen model, if it is not where it was at training.")
  private String model;

  /** Its folder on this machine; close it. */
  public LocalFolder open() throws IOException {
    return LocalFolder.of(folder);
  }

  /** The folders that are read: the adapter's, and the model's. */
  public String[] sources(String location) {
    return new String[] {folder, location};
  }

  /** Where the model is. */
  public String location(AdapterStore.Description description) {
    return model == null ? description.model() : model;
  }

  /** The model with the weights that the adapter was trained on, which it must be. */
  public BaseModel load(AdapterStore.Description description) {
    return load(description, description.weightOptions());
  }

  /** The same with the weights of its files. */
  public BaseModel loadFiles(AdapterStore.Description description) {
    return load(description, WeightOptions.DEFAULT);
  }

  private BaseModel load(AdapterStore.Description description, WeightOptions options) {
    BaseModel base = BaseModel.load(location(description), options);
    description.requireModel(folder, base.location(), base.fingerprint());
    return base;
  }

  /** The adapter on that model. */
  public TrainedAdapter stored(Path folder, BaseModel base) {
    return AdapterStore.loadParameters(folder, base);
  }
}
