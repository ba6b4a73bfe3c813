package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** A stored adapter and its frozen model. */
public final class AdapterArgument {
  @Mixin private ResultArgument result;

  /**
   * Uses its folder on this machine; messages of what fails name its own location.
   *
   * @throws InvalidJobException if there are several adapters, and no task is chosen
   */
  public <T> T use(LocalFolder.Use<T> use) throws IOException {
    return result.use(folders -> use.of(result.one(folders)));
  }

  /** The folders that are read: the adapter's, and the model's. */
  public String[] sources(String location) {
    return new String[] {result.name(), location};
  }

  /** Where the model is. */
  public String location(AdapterStore.Description description) {
    return result.model() == null ? description.model() : result.model();
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
    description.requireModel(result.name(), base.location(), base.fingerprint());
    return base;
  }

  /** The adapter on that model. */
  public TrainedAdapter stored(Path folder, BaseModel base) {
    return AdapterStore.loadParameters(folder, base);
  }
}
