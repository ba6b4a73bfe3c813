package io.github.cola4j.spark.model;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.loader.ModelFiles;
import io.github.cola4j.model.loader.ModelLoaders;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.stored.WeightOptions;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;

/**
 * The frozen models of this JVM, each loaded once a device and shared by all its tasks' threads:
 * the one piece of global state, and no result depends on it. The two models that were used last
 * stay; another one stays as long as somebody holds it, and is shared for as long.
 */
public final class BaseModelCache {
  private static final int KEPT = 2;

  private static final ConcurrentHashMap<Place, Slot> SLOTS = new ConcurrentHashMap<>();
  private static final LinkedHashSet<String> RECENT = new LinkedHashSet<>(); // fingerprints
  private static final AtomicInteger LOADS = new AtomicInteger();

  private BaseModelCache() {}

  /** Which model lies where; the CPU is device 0. */
  private record Place(String fingerprint, WeightOptions options, int device) {}

  /** A model and the idle workers that compute with it. */
  public record Entry(FrozenModel model, ShardWorkers workers) {}

  /** What there is of one model on one device. */
  private static final class Slot {
    private volatile Entry kept; // null where nobody but its users keeps the model
    private WeakReference<FrozenModel> model = new WeakReference<>(null);

    synchronized Entry entry(Supplier<FrozenModel> load) {
      Entry entry = kept;
      if (entry == null) {
        FrozenModel present = model.get();
        if (present == null) {
          present = load.get();
          LOADS.incrementAndGet();
          model = new WeakReference<>(present);
        }
        entry = new Entry(present, new ShardWorkers());
        kept = entry;
      }
      return entry;
    }

    /** Without the lock, which is held while a model is loaded. */
    void release() {
      kept = null;
    }
  }

  private static Entry entry(Place place, Supplier<FrozenModel> load) {
    synchronized (RECENT) {
      RECENT.remove(place.fingerprint());
      RECENT.add(place.fingerprint());
    }
    return SLOTS
        .computeIfAbsent(place, p -> new Slot())
        .entry(
            () -> {
              makeRoom();
              return load.get();
            });
  }

  /** Releases all models but those used last, before another one is loaded. */
  private static void makeRoom() {
    Set<String> released = new HashSet<>();
    synchronized (RECENT) {
      while (RECENT.size() > KEPT) {
        String oldest = RECENT.iterator().next();
        RECENT.remove(oldest);
        released.add(oldest);
      }
    }
    if (!released.isEmpty()) {
      SLOTS.forEach(
          (place, slot) -> {
            if (released.contains(place.fingerprint())) {
              slot.release();
            }
          });
      // their memory is native: a collector that does not see how large it is would let it grow
      System.gc();
    }
  }

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
   * @param location as {@link #open} takes it
   * @throws IllegalArgumentException as {@link #open}, and if the model is no transformer
   */
  public static BaseModel load(String location) {
    return load(location, WeightOptions.DEFAULT);
  }

  /**
   * Loads the driver's transformer; tasks of the same JVM find it here.
   *
   * @param options how its weights are kept and multiplied
   * @throws IllegalArgumentException as {@link #load(String)}
   */
  public static BaseModel load(String location, WeightOptions options) {
    return BaseModel.of(open(location, options));
  }

  /**
   * Loads the driver's model of any kind; tasks of the same JVM find it here.
   *
   * @param location as one of the {@link ModelLoaders} takes it: a transformer's as {@link
   *     BaseModel#load}, or the file of a Deeplearning4j network where cola-dl4j is on the class
   *     path
   * @throws IllegalArgumentException if none takes it, or its files are missing or invalid
   */
  public static FrozenModel open(String location) {
    return open(location, WeightOptions.DEFAULT);
  }

  private static FrozenModel open(String location, WeightOptions options) {
    Kernels.limitThreads(1);
    try (ModelFiles files = ModelLoaders.open(location)) {
      Place place = new Place(files.fingerprint(), options, GpuBinding.bind());
      return entry(place, () -> files.load(options)).model();
    }
  }

  /** The model on the device of this thread's task, to which the thread is bound. */
  public static Entry entry(ModelReference reference) {
    Place place = new Place(reference.fingerprint(), reference.options(), GpuBinding.bind());
    return entry(place, () -> read(reference));
  }

  /** How many models this JVM has loaded through {@link #get}. */
  public static int loads() {
    return LOADS.get();
  }

  private static FrozenModel read(ModelReference reference) {
    SparkEnv env = SparkEnv.get();
    Kernels.limitThreads(env == null ? 1 : env.conf().getInt("spark.task.cpus", 1));
    String location = reference.resolve();
    try (ModelFiles files = ModelLoaders.open(location)) {
      if (!files.fingerprint().equals(reference.fingerprint())) {
        throw new IllegalArgumentException(
            "the model at "
                + location
                + " on this machine is not the driver's: its SHA-256 is "
                + files.fingerprint()
                + ", expected "
                + reference.fingerprint()
                + "; copy the same files to every machine, or remove them here to have the driver's"
                + " shipped");
      }
      return files.load(reference.options());
    }
  }
}
