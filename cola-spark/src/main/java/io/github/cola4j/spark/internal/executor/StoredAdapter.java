package io.github.cola4j.spark.internal.executor;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.train.TrainingConfig;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** An adapter from a folder, as executors use it. Close it to free what they hold. */
public record StoredAdapter(
    AdapterStore.Description description, TrainingContext job, Broadcast<float[]> theta)
    implements AutoCloseable {

  /** The frozen model of an adapter, which tasks of this JVM find in the cache. */
  public static BaseModel model(AdapterStore.Description description, String modelLocation) {
    return BaseModelCache.load(modelLocation == null ? description.model() : modelLocation);
  }

  /**
   * Loads an adapter.
   *
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on
   */
  public static StoredAdapter load(JavaSparkContext spark, Path folder, BaseModel model) {
    AdapterStore.Description description = AdapterStore.describe(folder);
    TrainedAdapter stored = AdapterStore.loadParameters(folder, model);
    ModelReference reference = ModelReference.of(spark, model.location(), model.fingerprint());
    TrainingConfig config = TrainingConfig.defaults().withMaxLength(description.maxLength());
    TrainingContext job =
        new TrainingContext(
            UUID.randomUUID().toString(),
            reference,
            description.adapter(),
            config,
            spark.broadcast(stored.initial()));
    return new StoredAdapter(description, job, spark.broadcast(stored.theta()));
  }

  /** The parameters; those at step 0, which change nothing, for the frozen model. */
  public Broadcast<float[]> parameters(boolean frozen) {
    return frozen ? job.initial() : theta;
  }

  @Override
  public void close() {
    theta.destroy();
    job.initial().destroy();
  }
}
