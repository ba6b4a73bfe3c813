package io.github.cola4j.spark;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.Kernels;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkEnv;

/**
 * The frozen models of this JVM, each loaded once and shared by all its tasks' threads: the one
 * piece of global state, and no result depends on it.
 */
public final class BaseModelCache {
  private static final ConcurrentHashMap<String, Entry> MODELS = new ConcurrentHashMap<>();
  private static final AtomicInteger LOADS = new AtomicInteger();

  private BaseModelCache() {}

  /** A model and the idle workers that compute with it. */
  record Entry(BaseModel model, ShardWorkers workers) {}

  /**
   * The model, loaded if this JVM has not yet.
   *
   * @throws IllegalArgumentException if this machine has another one at that place
   */
  public static BaseModel get(ModelReference reference) {
    return entry(reference).model();
  }

  /**
   * Loads the driver's model; tasks of the same JVM find it here.
   *
   * @param location as {@link BaseModel#load} takes it
   */
  public static BaseModel load(String location) {
    Kernels.limitThreads(1);
    BaseModel model = BaseModel.load(location);
    Entry entry = new Entry(model, new ShardWorkers());
    Entry present = MODELS.putIfAbsent(model.fingerprint(), entry);
    if (present == null) {
      LOADS.incrementAndGet();
      return model;
    }
    return present.model();
  }

  static Entry entry(ModelReference reference) {
    return MODELS.computeIfAbsent(reference.fingerprint(), print -> load(reference));
  }

  /** How many models this JVM has loaded through {@link #get}. */
  public static int loads() {
    return LOADS.get();
  }

  private static Entry load(ModelReference reference) {
    SparkEnv env = SparkEnv.get();
    Kernels.limitThreads(env == null ? 1 : env.conf().getInt("spark.task.cpus", 1));
    BaseModel model = BaseModel.load(reference.resolve());
    LOADS.incrementAndGet();
    if (!model.fingerprint().equals(reference.fingerprint())) {
      throw new IllegalArgumentException(
          "the model at "
              + reference.resolve()
              + " on this machine is not the driver's: its SHA-256 is "
              + model.fingerprint()
              + ", expected "
              + reference.fingerprint()
              + "; copy the same folder to every machine, or remove it here to have it shipped");
    }
    return new Entry(model, new ShardWorkers());
  }
}
