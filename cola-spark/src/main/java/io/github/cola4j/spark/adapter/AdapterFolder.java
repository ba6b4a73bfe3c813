package io.github.cola4j.spark.adapter;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * A place for one adapter on any of Hadoop's file systems: {@code hdfs://…}, {@code s3a://…},
 * {@code file:/…}; a path without a scheme is of Hadoop's default file system. What is there has
 * the files of {@link AdapterStore}, as {@code cola train} writes them.
 *
 * <p>The description {@code adapter.json} is the last file to appear, and a folder without it is no
 * adapter: so one is there completely or not at all, also where a folder is renamed file by file.
 * Not for several writers of one folder at the same time.
 */
public final class AdapterFolder {
  private static final long MOST_DESCRIPTION_BYTES = 1L << 26;

  /** Of a safetensors file; the format's own limit is 100 MB. */
  private static final long MOST_HEADER_BYTES = 1L << 27;

  private final HadoopFiles files;
  private final Path folder;

  private AdapterFolder(HadoopFiles files, Path folder) {
    this.files = files;
    this.folder = folder;
  }

  /**
   * A folder, which need not be there yet.
   *
   * @throws IllegalArgumentException if its file system cannot be reached
   */
  public static AdapterFolder at(SparkSession spark, String uri) {
    return at(spark.sparkContext().hadoopConfiguration(), uri);
  }

  /** As {@link #at(SparkSession, String)}, with settings of one's own. */
  public static AdapterFolder at(Configuration configuration, String uri) {
    Path path = new Path(uri);
    if (path.getParent() == null) {
      throw new IllegalArgumentException(
          uri + " is the root of its file system; name a folder for the adapter");
    }
    return new AdapterFolder(HadoopFiles.of(configuration, path), path);
  }

  /**
   * The adapters in a folder, such as {@code OUTPUT/adapters}, sorted by their names; itself where
   * it is one; none where it is not there.
   */
  public static List<AdapterFolder> in(SparkSession spark, String uri) {
    AdapterFolder folder = at(spark, uri);
    if (folder.exists()) {
      return List.of(folder);
    }
    List<AdapterFolder> adapters = new ArrayList<>();
    try {
      for (FileStatus status : folder.files.list(folder.folder)) {
        AdapterFolder below = new AdapterFolder(folder.files, status.getPath());
        if (status.isDirectory() && !status.getPath().getName().startsWith(".") && below.exists()) {
          adapters.add(below);
        }
      }
    } catch (IOException e) {
      throw folder.failed("list the adapters in", e);
    }
    adapters.sort(Comparator.comparing(AdapterFolder::uri));
    return adapters;
  }

  /** Where it is. */
  public String uri() {
    return folder.toString();
  }

  /** Whether there is an adapter. */
  public boolean exists() {
    try {
      return files.exists(new Path(folder, AdapterStore.DESCRIPTION));
    } catch (IOException e) {
      throw failed("look for an adapter in", e);
    }
  }

  /**
   * Saves an adapter, with its moments, where nothing is yet.
   *
   * @throws IllegalArgumentException if something is there
   * @throws UncheckedIOException if it cannot be written; then nothing is there
   */
  public void save(TrainedAdapter adapter) {
    write(adapter, false);
  }

  /**
   * Saves an adapter, with its moments, in the place of one that may be there. The old one is
   * renamed and deleted when the new one is complete.
   *
   * @throws IllegalArgumentException if something else than an adapter is there
   * @throws UncheckedIOException if it cannot be written; then the old one is there
   */
  public void replace(TrainedAdapter adapter) {
    write(adapter, true);
  }

  private void write(TrainedAdapter adapter, boolean replaces) {
    try {
      requireFree(replaces);
      try (LocalCopy local = new LocalCopy(folder)) {
        AdapterStore.save(local.folder(), adapter);
        new AdapterUpload(files, folder).publish(local.folder());
      }
    } catch (IOException e) {
      throw failed("save the adapter to", e);
    }
  }

  private void requireFree(boolean replaces) throws IOException {
    if (!files.exists(folder)) {
      return;
    }
    if (!exists()) {
      if (!new AdapterUpload(files, folder).hasRemainsAlone()) {
        throw new IllegalArgumentException(
            folder + " has something else than an adapter; save to another folder");
      }
    } else if (!replaces) {
      throw new IllegalArgumentException(
          folder + " has an adapter already; replace it, or save to another folder");
    }
  }

  /**
   * What the adapter is.
   *
   * @throws IllegalArgumentException if there is none, or it is damaged
   */
  public AdapterStore.Description describe() {
    return read(local -> AdapterStore.describe(local.folder()));
  }

  /**
   * Loads the adapter, with its moments where it has them.
   *
   * @throws IllegalArgumentException if there is none, it is of another model, or it is damaged
   */
  public TrainedAdapter load(BaseModel model) {
    return read(
        local -> {
          long most = copyTensors(local, model);
          if (files.exists(new Path(folder, AdapterMoments.FILE))) {
            local.copy(files, AdapterMoments.FILE, most);
          }
          return AdapterStore.load(local.folder(), model);
        });
  }

  /** As {@link #load}, without moments, which only training needs. */
  public TrainedAdapter loadParameters(BaseModel model) {
    return read(
        local -> {
          copyTensors(local, model);
          return AdapterStore.loadParameters(local.folder(), model);
        });
  }

  /** The frozen model of the adapter, from where it was at training. */
  public BaseModel loadModel() {
    AdapterStore.Description description = describe();
    return BaseModelCache.load(description.model(), description.weightOptions());
  }

  /** Gives the most bytes of two vectors: parameters and starting values here, or moments. */
  private long copyTensors(LocalCopy local, BaseModel model) throws IOException {
    AdapterStore.Description description = AdapterStore.describe(local.folder());
    description.requireModel(folder, model.location(), model.fingerprint());
    int parameters =
        new AdaptedModules(model.linears(), description.adapter())
            .layout(description.classes().size(), model.transformer().config().hiddenSize())
            .length();
    long most = 2L * Float.BYTES * parameters + MOST_HEADER_BYTES;
    local.copy(files, AdapterStore.TENSORS, most);
    return most;
  }

  private interface Reading<T> {
    T from(LocalCopy local) throws IOException;
  }

  /** Reads from a local copy of the description and of what else is copied. */
  private <T> T read(Reading<T> reading) {
    try {
      if (!exists()) {
        throw new IllegalArgumentException(
            folder
                + " holds no adapter: expected "
                + AdapterStore.DESCRIPTION
                + " and "
                + AdapterStore.TENSORS
                + new AdapterUpload(files, folder).whereTheOldOneIs());
      }
      try (LocalCopy local = new LocalCopy(folder)) {
        local.copy(files, AdapterStore.DESCRIPTION, MOST_DESCRIPTION_BYTES);
        try {
          return reading.from(local);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(local.named(e.getMessage()), e);
        }
      }
    } catch (IOException e) {
      throw failed("read the adapter", e);
    }
  }

  private UncheckedIOException failed(String what, IOException reason) {
    return new UncheckedIOException(
        new IOException("cannot " + what + " " + folder + ": " + reason.getMessage(), reason));
  }

  @Override
  public String toString() {
    return "adapter folder " + folder;
  }
}
