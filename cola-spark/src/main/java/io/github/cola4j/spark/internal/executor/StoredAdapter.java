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

/** An adapter as executors use it. Close it to free what they hold. */
public record StoredAdapter(
    AdapterStore.Description description, TrainingContext job, Broadcast<float[]> theta)
    implements AutoCloseable {

  /** The frozen model of an adapter, which tasks of this JVM find in the cache. */
  public static BaseModel model(AdapterStore.Description description, String modelLocation) {
    return BaseModelCache.load(modelLocation == null ? description.model() : modelLocation);
  }

  /**
   * Of a local folder.
   *
   * @param modelLocation null for where the model was at training
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on
   */
  public static StoredAdapter read(JavaSparkContext spark, Path folder, String modelLocation) {
    BaseModel model = model(AdapterStore.describe(folder), modelLocation);
    return of(spark, AdapterStore.loadParameters(folder, model), model);
  }

  /**
   * Sends an adapter to executors.
   *
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on
   */
  public static StoredAdapter of(JavaSparkContext spark, TrainedAdapter adapter, BaseModel model) {
    AdapterStore.Description description = adapter.description();
    description.requireModel(
        "of task '" + description.task() + "'", model.location(), model.fingerprint());
    ModelReference reference = ModelReference.of(spark, model);
    TrainingConfig config = TrainingConfig.defaults().withMaxLength(description.maxLength());
    TrainingContext job =
        new TrainingContext(
            UUID.randomUUID().toString(),
            reference,
            description.adapter(),
            config,
            spark.broadcast(adapter.initial()));
    return new StoredAdapter(description, job, spark.broadcast(adapter.theta()));
  }

  /**
   * Another adapter of the same model and form with the same starting values, which it shares: its
   * parameters alone are its own to destroy.
   */
  public StoredAdapter with(JavaSparkContext spark, TrainedAdapter other) {
    return new StoredAdapter(other.description(), job, spark.broadcast(other.theta()));
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
