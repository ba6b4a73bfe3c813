package io.github.cola4j.spark.adapter;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The adapters of a job in one folder, {@code <folder>/<task>}, which every machine of the job
 * sees: each is written where it was trained and read where it is used. The folder is nobody's to
 * read before the job has ended, so that files need not appear at once; who writes one again writes
 * the same.
 */
public final class SharedAdapters implements Serializable {
  private static final long serialVersionUID = 1;

  private final SerializableConfiguration settings;
  private final String folder;

  /**
   * A folder.
   *
   * @param uri of any of Hadoop's file systems, or the path of a folder where this JVM is the only
   *     one of the job
   */
  public SharedAdapters(Configuration settings, String uri) {
    this.settings = new SerializableConfiguration(settings);
    this.folder = uri;
  }

  /** Where it is. */
  public String uri() {
    return folder;
  }

  /**
   * Writes a task's adapter, with its moments, over what is there of it.
   *
   * @throws IOException if it cannot be written
   */
  public void write(TrainedAdapter adapter) throws IOException {
    String task = adapter.description().task();
    try {
      if (!Locations.isRemote(folder)) {
        AdapterStore.save(java.nio.file.Path.of(folder, task), adapter);
        return;
      }
      Path to = new Path(folder, task);
      HadoopFiles files = HadoopFiles.of(settings.value(), to);
      try (LocalCopy local = new LocalCopy(to)) {
        AdapterStore.save(local.folder(), adapter);
        for (String name :
            List.of(AdapterStore.TENSORS, AdapterMoments.FILE, AdapterStore.DESCRIPTION)) {
          java.nio.file.Path file = local.folder().resolve(name);
          if (Files.exists(file)) {
            files.replace(file, new Path(to, name));
          }
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Reads a task's adapter with its moments.
   *
   * @param layout with its head
   * @throws UncheckedIOException if it cannot be read
   */
  public TrainedAdapter read(String task, ParameterLayout layout) {
    return read(
        task,
        true,
        folder -> AdapterStore.withMoments(folder, AdapterStore.loadParameters(folder, layout)));
  }

  /** As {@link #read}, the parameters alone. */
  public float[] readParameters(String task, ParameterLayout layout) {
    return read(task, false, folder -> AdapterStore.loadParameters(folder, layout).theta());
  }

  private interface Reading<T> {
    T of(java.nio.file.Path folder);
  }

  private <T> T read(String task, boolean moments, Reading<T> reading) {
    if (!Locations.isRemote(folder)) {
      return reading.of(java.nio.file.Path.of(folder, task));
    }
    Path from = new Path(folder, task);
    try (LocalCopy local = new LocalCopy(from)) {
      HadoopFiles files = HadoopFiles.of(settings.value(), from);
      local.copy(files, AdapterStore.DESCRIPTION, Long.MAX_VALUE);
      local.copy(files, AdapterStore.TENSORS, Long.MAX_VALUE);
      if (moments && files.exists(new Path(from, AdapterMoments.FILE))) {
        local.copy(files, AdapterMoments.FILE, Long.MAX_VALUE);
      }
      return reading.of(local.folder());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the adapter " + from, e);
    }
  }
}
