package io.github.cola4j.spark.model;

import io.github.cola4j.dl4j.StoredNetwork;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.nn.Kernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkEnv;

/**
 * The frozen models of this JVM, each loaded once a device and shared by all its tasks' threads:
 * the one piece of global state, and no result depends on it.
 */
public final class BaseModelCache {
  private static final ConcurrentHashMap<Place, Entry> MODELS = new ConcurrentHashMap<>();
  private static final AtomicInteger LOADS = new AtomicInteger();

  private BaseModelCache() {}

  /** Which model lies where; the CPU is device 0. */
  private record Place(String fingerprint, int device) {}

  /** A model and the idle workers that compute with it. */
  public record Entry(FrozenModel model, ShardWorkers workers) {}

  /**
   * The transformer, loaded if this JVM has not yet.
   *
   * @throws IllegalArgumentException if this machine has another model at that place, or a model
   *     that is no transformer
   */
  public static BaseModel get(ModelReference reference) {
    return BaseModel.of(frozen(reference));
  }

  /**
   * The model, loaded if this JVM has not yet.
   *
   * @throws IllegalArgumentException if this machine has another one at that place
   */
  public static FrozenModel frozen(ModelReference reference) {
    return entry(reference).model();
  }

  /**
   * Loads the driver's transformer; tasks of the same JVM find it here.
   *
   * @param location as {@link BaseModel#load} takes it
   */
  public static BaseModel load(String location) {
    Kernels.limitThreads(1);
    return BaseModel.of(keep(BaseModel.load(location)));
  }

  /**
   * Loads the driver's model of either kind; tasks of the same JVM find it here.
   *
   * @param location as {@link BaseModel#load} takes it, or the file of a Deeplearning4j network
   */
  public static FrozenModel open(String location) {
    Kernels.limitThreads(1);
    return keep(read(location));
  }

  private static FrozenModel keep(FrozenModel model) {
    Entry entry = new Entry(model, new ShardWorkers());
    Entry present = MODELS.putIfAbsent(new Place(model.fingerprint(), GpuBinding.bind()), entry);
    if (present == null) {
      LOADS.incrementAndGet();
      return model;
    }
    return present.model();
  }

  /** The model on the device of this thread's task, to which the thread is bound. */
  public static Entry entry(ModelReference reference) {
    return MODELS.computeIfAbsent(
        new Place(reference.fingerprint(), GpuBinding.bind()), place -> load(reference));
  }

  /** How many models this JVM has loaded through {@link #get}. */
  public static int loads() {
    return LOADS.get();
  }

  private static FrozenModel read(String location) {
    if (location.startsWith(HuggingFaceModel.CLASSPATH)
        || !Files.isRegularFile(Path.of(location))) {
      return BaseModel.load(location);
    }
    try {
      return StoredNetwork.load(location);
    } catch (NoClassDefFoundError e) {
      throw new IllegalArgumentException(
          "the model "
              + location
              + " is a file, so a Deeplearning4j network, and Deeplearning4j is not on the"
              + " classpath; add org.deeplearning4j:deeplearning4j-nn, or give a model's folder",
          e);
    }
  }

  private static Entry load(ModelReference reference) {
    SparkEnv env = SparkEnv.get();
    Kernels.limitThreads(env == null ? 1 : env.conf().getInt("spark.task.cpus", 1));
    FrozenModel model = read(reference.resolve());
    LOADS.incrementAndGet();
    if (!model.fingerprint().equals(reference.fingerprint())) {
      throw new IllegalArgumentException(
          "the model at "
              + reference.resolve()
              + " on this machine is not the driver's: its SHA-256 is "
              + model.fingerprint()
              + ", expected "
              + reference.fingerprint()
              + "; copy the same files to every machine, or remove them here to have the driver's"
              + " shipped");
    }
    return new Entry(model, new ShardWorkers());
  }
}
